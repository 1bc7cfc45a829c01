/*
 * Rows of a report in one of the three forms that clients may ask for. A writer is told the columns, then row after row,
 * and holds the text until it is destroyed:
 *
 *   text     values between the caller's delimiters, rows between the caller's row delimiter, nothing before the first and
 *            after the last; True and False are .NET's
 *   XML      <NewDataSet xmlns=""> with an element a row, named after the report, and an element a value within
 *   DataSet  what .NET's proxies make a System.Data.DataSet of: a schema of the columns, then the rows as a DiffGram
 *            ([MS-DSDG]); without NewDataSet in it where there are no rows
 *
 * What XML cannot hold stands as \xHH (xml_text.h), in text too.
 */
#ifndef SERVICES_SOAP_REPORT_WRITER_H
#define SERVICES_SOAP_REPORT_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "services/soap/report_memory.h"

/* Of one report. A recipient in a DataSet takes some 140 bytes: a campaign of a million has room. */
enum { REPORT_BYTES_MAX = 192 << 20 };

/* Of a value, which is written as XML Schema writes it ("true", "2010-03-19T14:05:00.000Z"). */
enum report_type {
	REPORT_STRING,
	REPORT_INT,
	REPORT_LONG,
	REPORT_BOOLEAN,
	REPORT_DATE_TIME /* UTC */
};

struct report_column {
	const char *name; /* for XML: report_name_encode() makes any text one */
	enum report_type type;
};

enum report_form { REPORT_FORM_TEXT, REPORT_FORM_XML, REPORT_FORM_DATASET };

/* Of text: any strings; n, t, s or c alone stands for a line feed, a tab, a space or a comma. */
struct report_delimiters {
	const char *row;
	const char *column;
	const char
	    *qualifier; /* around each value, doubled where the value holds it; "" for none */
};

/* How writing went. */
enum report_state {
	REPORT_GOING,
	REPORT_TOO_LONG, /* REPORT_BYTES_MAX */
	REPORT_CROWDED   /* the claim cannot grow */
};

struct report_writer;

/* The claim grows with the text; it and the delimiters' strings must outlive the writer. delimiters: of text, else NULL. */
struct report_writer *report_writer_create(
    struct report_claim *claim, enum report_form form, const struct report_delimiters *delimiters);

/* Once, before the rows. row: name of a row's element. It and the columns must outlive the last report_writer_add(). */
void report_writer_begin(struct report_writer *writer, const char *row,
    const struct report_column *columns, size_t count);

/* values: as many as there are columns, none NULL. False: there is no room for more. */
bool report_writer_add(struct report_writer *writer, const char *const *values);

/* The whole text, which the writer holds on to. */
char *report_writer_end(struct report_writer *writer);

enum report_state report_writer_state(const struct report_writer *writer);

void report_writer_destroy(struct report_writer *writer);

/* The text as the name of an XML element, in the way of .NET's XmlConvert: what a name cannot have there is _xHHHH_. Of ""
 * too. The caller's to g_free(). */
char *report_name_encode(const char *text);

#endif
