/*
 * Rows of the *_String reports: values between the caller's delimiters, rows between the caller's row delimiter, nothing
 * before the first and after the last. A delimiter of n, t, s or c alone stands for a line feed, a tab, a space or
 * a comma; anything else stands for itself.
 */
#ifndef SERVICES_SOAP_TEXT_ROWS_H
#define SERVICES_SOAP_TEXT_ROWS_H

#include <stddef.h>

#include <glib.h>

struct text_rows {
	const char *row_delimiter;
	const char *column_delimiter;
	/* Around each value, doubled where the value holds it; "" for none */
	const char *qualifier;
	GString *text;
	size_t count;
};

/* The strings must outlive the rows. text is the caller's. */
void text_rows_begin(struct text_rows *rows, const char *row_delimiter,
    const char *column_delimiter, const char *qualifier);
void text_rows_add(struct text_rows *rows, const char *const *values, size_t count);

#endif
