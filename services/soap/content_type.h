/* What the Content-Type of a request says (RFC 9110 section 8.3). content_type: "" for none. */
#ifndef SERVICES_SOAP_CONTENT_TYPE_H
#define SERVICES_SOAP_CONTENT_TYPE_H

#include <stdbool.h>

/* Its charset parameter, the caller's to g_free(); NULL: none. */
char *content_type_charset(const char *content_type);

bool content_type_is_soap_12(const char *content_type);

/* Whether a body of it may be a form. Clients that set none, or leave text/plain as their library has it, are served. */
bool content_type_may_be_form(const char *content_type);

#endif
