/*
 * Lists that a parameter holds as text: names and values between separators. An item that holds a separator stands in
 * double quotes, a double quote within them is doubled; white space around an item does not count. Quotes that are not around
 * all of an item are text.
 */
#ifndef SERVICES_SOAP_TEXT_LIST_H
#define SERVICES_SOAP_TEXT_LIST_H

#include <glib.h>

/* separators: any one of these characters (ASCII). Items may be empty; empty text has none. The array frees them. */
GPtrArray *text_list_split(const char *text, const char *separators);

#endif
