/*
 * Whether a POST asks to unsubscribe: its form has the field List-Unsubscribe with the value One-Click (RFC 8058 3.2). It comes as
 * multipart/form-data or as application/x-www-form-urlencoded, which is also what a request without a type is taken for.
 */
#ifndef SERVICES_UNSUBSCRIBE_ONE_CLICK_H
#define SERVICES_UNSUBSCRIBE_ONE_CLICK_H

#include <stdbool.h>
#include <stddef.h>

#define ONE_CLICK_FIELD "List-Unsubscribe"
#define ONE_CLICK_VALUE "One-Click"

/* content_type: of the request; "" for none. GMime has been initialized. */
bool one_click_is_asked(const char *content_type, const char *body, size_t length);

#endif
