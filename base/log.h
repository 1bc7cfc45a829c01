/*
 * The operator's log: one line an event on stderr, as pairs (`time level process[pid] event key=value ...`) or as one JSON
 * object.
 *
 * Message content, passwords and their hashes never come here. Values are escaped, so that a line is a line, and its
 * fields are its own, whatever a client sent: base/log_line.h.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_PAIRS, LOG_FORMAT_JSON };

/* Names this process in each line ("relay-1", "api"). At most 31 characters are kept. */
void log_open(const char *process, enum log_level least);

/* Of this process and of those that it forks; pairs until it is called. */
void log_set_format(enum log_format format);

/* event: a short fixed name ("message-accepted"); format: fields as `key=%d key=%s key="text %s"`, with the conversions
 * %d %i %u %f %s, precisions and the lengths l, ll and z. */
void log_write(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same in pieces, for lines whose fields are not always the same; line: of base/log_line.h, the caller's. False: this level is
 * not logged, and neither of the others is to be called. */
struct log_line;
bool log_begin(struct log_line *line, enum log_level level, const char *event);
void log_add(struct log_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_end(struct log_line *line);

#define log_debug(event, ...) log_write(LOG_LEVEL_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...) log_write(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_warning(event, ...) log_write(LOG_LEVEL_WARNING, event, __VA_ARGS__)
#define log_error(event, ...) log_write(LOG_LEVEL_ERROR, event, __VA_ARGS__)

#endif
