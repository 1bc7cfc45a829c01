/*
 * Reads the header fields of a message in place (RFC 5322 2.2), one after another, without copying.
 *
 *   struct header_scan scan = header_scan_start(head->str, head->len);
 *   struct header_field field;
 *   while (header_scan_next(&scan, &field))
 *           ...
 *
 * Nothing is lost: the raw bytes of all fields, put together in order, are the input. What no grammar
 * allows (a line without a colon, a name with blanks in it, a fold before the first field) comes as a field
 * without a name, folds included, and reading goes on after it. Also taken: blanks before the colon
 * (RFC 5322 4.5.8), and a bare LF as the end of a line, so that no field can hide behind one.
 */
#ifndef SERVICES_RELAY_MESSAGE_HEADER_SCAN_H
#define SERVICES_RELAY_MESSAGE_HEADER_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Slices of the input, valid as long as it is; none ends in NUL. */
struct header_field {
	const char *raw; /* name, colon, value and the line's end */
	size_t raw_length;
	const char *name; /* length 0: the line is no field */
	size_t name_length;
	const char *value; /* after the colon, folds and all, without the last line's end */
	size_t value_length;
};

struct header_scan {
	const char *at;
	const char *end;
};

/* head: the fields, without the empty line. */
struct header_scan header_scan_start(const char *head, size_t length);

/* The next field. Returns false when there is none. */
bool header_scan_next(struct header_scan *scan, struct header_field *field);

/* Whether the field has this name, in any case. */
bool header_field_is(const struct header_field *field, const char *name);

#endif
