/*
 * The reason a call failed, in words for the person who can act on it.
 *
 * A function that can fail takes a struct error as its last argument, returns false or NULL, and
 * fills the text: one line, no line feed, no secret. The caller owns the struct; nothing is
 * allocated. A programmer's mistake is an assert, not an error.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

struct error {
	char text[512];
};

/* Writes the reason (printf form, cut to fit) and returns false, so that `return error_set(...)` reads well. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the text that is there. Returns false. */
bool error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
