/* What a person sees who follows a link to unsubscribe: pages of HTML, complete in themselves. */
#ifndef SERVICES_UNSUBSCRIBE_UNSUBSCRIBE_PAGE_H
#define SERVICES_UNSUBSCRIBE_UNSUBSCRIBE_PAGE_H

#include <glib.h>

#include "db/unsubscribe.h"

/* The style sheet that each page holds: the only one that it may use. */
extern const char unsubscribe_page_style[];

/* Asks, with a button that posts what RFC 8058 says to the page's own address. The caller's, as each. */
GString *unsubscribe_page_ask(const struct unsubscribe_origin *origin);

GString *unsubscribe_page_done(const struct unsubscribe_origin *origin);

/* That it did not go well. */
GString *unsubscribe_page_trouble(const char *title, const char *advice);

#endif
