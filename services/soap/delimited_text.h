/*
 * Rows and columns in text, as a caller of the API writes them: with delimiters and a qualifier of its own (RFC 4180 with a comma,
 * line ends and a double quote).
 */
#ifndef SERVICES_SOAP_DELIMITED_TEXT_H
#define SERVICES_SOAP_DELIMITED_TEXT_H

#include <stdbool.h>

#include <glib.h>

struct delimited_format {
	const char *column; /* not "" */
	const char *row;    /* NULL: each of LF, CR LF, CR */
	const char
	    *qualifier; /* around a value; doubled, it stands for itself. "": there is none */
};

struct delimited_reader {
	const struct delimited_format *format;
	const char *next;
	unsigned row; /* number of the last one read, from 1; rows of white space count */
};

enum delimited_outcome {
	DELIMITED_ROW,
	DELIMITED_END,
	DELIMITED_UNCLOSED /* the row's last value has no qualifier at its end */
};

/* As a caller's delimiters are meant: empty is a comma, or line ends; so is a row's that consists of line ends, which XML makes one
 * of. */
struct delimited_format delimited_format_of(
    const char *column, const char *row, const char *qualifier);

/* Whether the three can be told from each other. */
bool delimited_format_is_good(const struct delimited_format *format);

/* text and format are kept, not copied. A byte order mark at its head is passed over. */
void delimited_reader_init(
    struct delimited_reader *reader, const char *text, const struct delimited_format *format);

/* The next row that is not white space alone. values: emptied, then its strings, which the array frees (g_free). White space around a
 * qualified value does not count, within another it does. */
enum delimited_outcome delimited_reader_next(struct delimited_reader *reader, GPtrArray *values);

#endif
