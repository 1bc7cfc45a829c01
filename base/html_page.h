/*
 * A page of HTML, built as a tree of libxml2's, which escapes what needs it.
 *
 *   html_page_begin() -> html_page_add() and libxml2's calls -> html_page_end()
 */
#ifndef BASE_HTML_PAGE_H
#define BASE_HTML_PAGE_H

#include <glib.h>
#include <libxml/tree.h>

/* A page for screens of any width, in English, with a title and a style sheet. Returns its body, which is empty. */
xmlNodePtr html_page_begin(const char *title, const char *style);

/* In the head of the page that has this body: where the same is in another form. type: its media type. */
void html_page_link_alternate(xmlNodePtr body, const char *type, const char *href);

/* A further element of parent; text: UTF-8, or NULL. */
xmlNodePtr html_page_add(xmlNodePtr parent, const char *element, const char *text);

void html_page_set(xmlNodePtr element, const char *attribute, const char *value);

/* Text behind what the element holds. */
void html_page_say(xmlNodePtr element, const char *text);

/* Frees the tree that `element` is of. Its text is the caller's. */
GString *html_page_end(xmlNodePtr element);

#endif
