/*
 * The fields of a request's header (RFC 9112 section 5), as the parser finds them: names and values in one text, as most requests
 * have a dozen of them and ask for few.
 */
#ifndef SERVER_HTTP_FIELDS_H
#define SERVER_HTTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

struct http_fields;

struct http_fields *http_fields_create(void);
void http_fields_free(struct http_fields *fields);

/* A piece of a name: of the next field after a value, of the same one after a name. False: there are HTTP_FIELDS_MAX already. */
bool http_fields_add_name(struct http_fields *fields, const char *at, size_t length);

/* A piece of the value of the field whose name came last. */
void http_fields_add_value(struct http_fields *fields, const char *at, size_t length);

/* Whether each name is a token (RFC 9110 section 5.6.2). */
bool http_fields_have_names(const struct http_fields *fields);

/* How many fields have that name, in any case. */
unsigned http_fields_count(const struct http_fields *fields, const char *name);

/* The value of the first of them, "" for none; valid until a piece is added. */
const char *http_fields_first(const struct http_fields *fields, const char *name);

/* The values of all of them, in order, with ", " between them; the caller's to g_free(). */
char *http_fields_list(const struct http_fields *fields, const char *name);

#endif
