/* Text that XML 1.0 can hold (its section 2.2, Char): for everything that goes out of the API. */
#ifndef SERVICES_SOAP_XML_TEXT_H
#define SERVICES_SOAP_XML_TEXT_H

#include <stdbool.h>

#include <glib.h>

/* A copy in which each octet of a broken UTF-8 sequence or of a character that XML forbids stands as \xHH. The caller's to
 * g_free(). */
char *xml_text_clean(const char *text);

/* The same into the content of an element, with & < > and CR as references. */
void xml_text_append(GString *out, const char *text);

/* Whether text needs no such change. */
bool xml_text_is_clean(const char *text);

#endif
