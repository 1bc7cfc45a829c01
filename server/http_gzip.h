/* Content codings (RFC 9110 8.4): gzip, in both directions, by zlib. */
#ifndef SERVER_HTTP_GZIP_H
#define SERVER_HTTP_GZIP_H

#include <stdbool.h>

#include <glib.h>

enum http_coding { HTTP_CODING_NONE, HTTP_CODING_GZIP, HTTP_CODING_UNKNOWN };

/* value: of Content-Encoding; "" for none. */
enum http_coding http_coding_parse(const char *value);

/* Whether an answer may be gzip. value: of all fields Accept-Encoding, with commas between them; "" for none. */
bool http_gzip_is_accepted(const char *value);

enum http_gunzip { HTTP_GUNZIP_DONE, HTTP_GUNZIP_BROKEN, HTTP_GUNZIP_TOO_LARGE };

/* Inflates into out (empty before), most bytes at most: no more is ever made of a bomb. */
enum http_gunzip http_gunzip(const char *bytes, size_t length, size_t most, GString *out);

/* NULL: there is no memory for it. */
GString *http_gzip(const GString *body);

#endif
