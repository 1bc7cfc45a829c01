/* The times of a transcript, and numbers as its parts have them: see db/conversation_parts.h. Times are in milliseconds. */
#ifndef DB_CONVERSATION_TIMES_H
#define DB_CONVERSATION_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum {
	TIMES_DAY = 86400 * 1000,
	TIMES_CLOCK_LENGTH = sizeof("12:34:56.789") - 1,
	TIMES_ISO_LENGTH = sizeof("2026-03-19T14:05:11.042Z") - 1
};

/* "12:34:56.789", of as many bytes, since midnight; -1: it is none. */
int64_t times_read_clock(const char *text);

/* "2026-03-19T14:05:11.042Z", of as many bytes, since 1970. False: clock_iso() does not write this. */
bool times_read_iso(const char *text, int64_t *when);

/* What was read, into out, of CLOCK_ISO_SIZE (base/clock.h); or appended. */
void times_write_clock(int64_t when, char *out);
void times_append_iso(GString *to, int64_t when);

/* A number in as few bytes as it needs. */
void times_append_number(GString *to, uint64_t number);

/* Moves *at behind it. False: there is none before end. */
bool times_read_number(const char **at, const char *end, uint64_t *number);

#endif
