/*
 * Records that are lists of tags, "v=DKIM1; k=rsa; p=..." (RFC 6376 3.2, RFC 7489 6.3, RFC 8460 3): names are compared as they stand,
 * white space around names and values does not count.
 */
#ifndef SERVICES_RELAY_CHECK_TAG_LIST_H
#define SERVICES_RELAY_CHECK_TAG_LIST_H

#include <stdbool.h>

#include <glib.h>

enum { TAG_LIST_MAX = 100 /* tags of one record */ };

struct tag_list;

/* text: any bytes. NULL: it is no list of tags, has a name twice, or too many. */
struct tag_list *tag_list_parse(const char *text);
void tag_list_free(struct tag_list *list);

/* The value; NULL: there is no such tag. */
const char *tag_list_find(const struct tag_list *list, const char *name);

/* Whether the first tag is that one with that value. */
bool tag_list_begins(const struct tag_list *list, const char *name, const char *value);

#endif
