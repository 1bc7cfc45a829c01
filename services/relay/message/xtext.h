/* xtext, RFC 3461 section 4: printable ASCII, with "+", "=" and what is not printable as +XX. */
#ifndef SERVICES_RELAY_MESSAGE_XTEXT_H
#define SERVICES_RELAY_MESSAGE_XTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

/* Whether it is xtext that stands for printable ASCII (spaces too), as ENVID and ORCPT have to (4.2, 4.4). */
bool xtext_is_printable(const char *text, size_t length);

/* What it stands for; a "+" without two digits stays as it is. g_free(). */
char *xtext_decode(const char *text);

/* Appends text, of any bytes, as xtext. */
void xtext_append(GString *out, const char *text);

#endif
