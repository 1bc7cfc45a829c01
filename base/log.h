/*
 * The operator's log: one line an event on stderr, `time level process event key=value ...`.
 *
 * Message content, passwords and their hashes never come here. Values are quoted and their control
 * characters escaped, so that a line is a line whatever a client sent.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Names this process in each line ("relay-1", "api"). At most 31 characters are kept. */
void log_open(const char *process, enum log_level least);

/* event: a short fixed name ("message-accepted"); format: the rest of the line, printf form. */
void log_write(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(event, ...) log_write(LOG_LEVEL_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...) log_write(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_warning(event, ...) log_write(LOG_LEVEL_WARNING, event, __VA_ARGS__)
#define log_error(event, ...) log_write(LOG_LEVEL_ERROR, event, __VA_ARGS__)

#endif
