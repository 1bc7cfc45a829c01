/* Forms that are not in UTF-8. */
#ifndef SERVICES_SOAP_FORM_CHARSET_H
#define SERVICES_SOAP_FORM_CHARSET_H

#include <stddef.h>

#include "base/error.h"

/* The same form, urlencoded, in UTF-8; the caller's to g_free(). NULL: error says why it cannot be read so, as the end of a
 * sentence. charset: any that iconv knows. */
char *form_charset_to_utf8(
    const char *form, size_t length, const char *charset, struct error *error);

#endif
