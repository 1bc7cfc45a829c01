/*
 * Whether a submitted message says who it is from (RFC 6409 8, RFC 5322 3.6.2): one From field, with an address in it.
 * Several addresses are taken with or without a Sender field, and nothing is added.
 */
#ifndef SERVICES_RELAY_MESSAGE_FROM_CHECK_H
#define SERVICES_RELAY_MESSAGE_FROM_CHECK_H

#include <glib.h>

/* head: the header fields. Returns the fault in words that stay valid, or NULL: there is none. */
const char *from_check(const GString *head);

/* The first address in the From field that counts, g_free(); NULL: there is none. head: likewise. */
char *from_address(const GString *head);

#endif
