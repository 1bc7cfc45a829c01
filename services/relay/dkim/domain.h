/*
 * Who signs: the domain of the From address (RFC 6376 6.1: what a reader takes for the author; DMARC, RFC 7489 3.1,
 * compares it with d=).
 */
#ifndef SERVICES_RELAY_DKIM_DOMAIN_H
#define SERVICES_RELAY_DKIM_DOMAIN_H

#include <glib.h>

#include "base/error.h"

/* A domain name as the keys have it: lower case, A-labels (RFC 5890), no dot at the end; g_free. text: UTF-8. NULL, with the
 * reason, for what is none. */
char *dkim_domain_normalize(const char *text, struct error *error);

/* The domain of the first address in the first From field, normalized; g_free. NULL: there is none. head: header
 * fields with their line ends. */
char *dkim_domain_of_author(const GString *head);

#endif
