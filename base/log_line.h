/*
 * One line of the log, made of fields: as pairs (key=value key="some text"), or as one JSON object (RFC 8259).
 *
 *   log_line_begin() -> log_line_add_...() -> log_line_end()
 *
 * A line has room for LOG_LINE_MAX bytes and a value for LOG_VALUE_MAX: a longer value is cut and ends with "...", a field that
 * finds no room is left out with all that follow it. Nothing is allocated.
 *
 * Whatever a value holds, the line stays one line and its fields stay apart: control characters, quotes and backslashes are
 * escaped, and octets that are no UTF-8, or not printable, are shown as \xHH.
 */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

enum { LOG_LINE_MAX = 4096, LOG_VALUE_MAX = 1024 };

struct log_line {
	char bytes[LOG_LINE_MAX];
	size_t length;
	enum log_format format;
	bool is_full;
};

void log_line_begin(struct log_line *line, enum log_format format);

/* A value without its key among pairs: the time, the level. In JSON it has its key like any other. */
void log_line_add_bare(struct log_line *line, const char *key, const char *value);

/* Text, in quotes; NULL: no field. */
void log_line_add_text(struct log_line *line, const char *key, const char *value);

/*
 * Fields of a printf format: `message=%lld client=%s reason="%s, at last"`. A value goes to the next space, or to its closing
 * quote. One integer or floating conversion alone is a number in JSON; all else is text, which gets quotes among pairs where
 * the format has them or the value needs them. `key=%s` with NULL: no field. What has no key becomes `text`.
 */
void log_line_add_format(struct log_line *line, const char *format, va_list arguments);

/* Ends the line with its line feed. bytes and length are it, without a NUL. */
void log_line_end(struct log_line *line);

#endif
