/*
 * Fields of addresses, made fit for GMime: it reads a group of addresses within a group by recursion, as deep as there are, until
 * the stack ends and with it the process. RFC 5322 3.4 has no group within a group.
 */
#ifndef SERVICES_RELAY_MESSAGE_ADDRESS_GROUPS_H
#define SERVICES_RELAY_MESSAGE_ADDRESS_GROUPS_H

#include <stddef.h>

#include <glib.h>

enum { ADDRESS_GROUPS_MAX = 1000 /* in a field; some 40,000 fill a stack of 8 MiB */ };

/* The value of one field: the colons behind the first ADDRESS_GROUPS_MAX become semicolons. */
void address_groups_cut(char *value, size_t length);

/* The same for each field of addresses in a text with any number of header sections in it. */
void address_groups_cut_all(GString *text);

#endif
