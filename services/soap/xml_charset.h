/*
 * In which charset is a document from outside? In UTF-8 it may go on to gSOAP as it is.
 *
 * charset: of the Content-Type, which wins over the XML declaration (RFC 7303 section 3), or NULL.
 */
#ifndef SERVICES_SOAP_XML_CHARSET_H
#define SERVICES_SOAP_XML_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

/* Whether a charset of that name is UTF-8. */
bool xml_charset_names_utf8(const char *encoding);

/* Whether a document begins with UTF-16's byte order mark, which decides whatever the Content-Type says (RFC 7303 section 3.3). */
bool xml_charset_has_utf16_mark(const char *xml, size_t length);

/* Whether nothing says that the bytes are anything but UTF-8. */
bool xml_charset_is_utf8(const char *xml, size_t length, const char *charset);

/* Whether there is a character reference that is longer than gSOAP reads ("&#x1F600;"): what it does not read would be text. */
bool xml_charset_has_long_reference(const char *xml, size_t length);

/* The options to read it with: with a charset, what the XML declaration says of it does not count. */
int xml_charset_options(const char *charset);

/* A document that has passed the gate, in UTF-8 and without long references; the caller's to g_string_free(). NULL: it cannot be
 * read so. Rare. */
GString *xml_charset_to_utf8(const char *xml, size_t length, const char *charset);

#endif
