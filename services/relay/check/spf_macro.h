/* Macros within records of SPF, "%{ir}.%{v}._spf.%{d2}" (RFC 7208 7). */
#ifndef SERVICES_RELAY_CHECK_SPF_MACRO_H
#define SERVICES_RELAY_CHECK_SPF_MACRO_H

#include <stdbool.h>

#include <glib.h>

enum {
	SPF_MACRO_NAME_MAX =
	    253 /* characters of a domain; what is longer loses labels on its left (7.3) */
};

/* What macros stand for. */
struct spf_macro_values {
	const char *local_part; /* of the sender */
	const char *sender_domain;
	const char *domain;  /* whose record it is */
	const char *address; /* text of the client's */
	const char *helo;
};

/* Whether it is written as RFC 7208 7.1 has it: a domain-spec, and a macro-string. */
bool spf_macro_is_domain(const char *text);
bool spf_macro_is_text(const char *text);

/* A domain-spec with its macros filled in, at most SPF_MACRO_NAME_MAX characters, without a dot at its end; g_free. %{p} is "unknown", as 7.3 allows.
 * text: what spf_macro_is_domain() takes. */
char *spf_macro_expand(const char *text, const struct spf_macro_values *values);

#endif
