/* Between the writer of reports and its three forms. */
#ifndef SERVICES_SOAP_REPORT_WRITER_PRIVATE_H
#define SERVICES_SOAP_REPORT_WRITER_PRIVATE_H

#include <glib.h>
#include <libxml/xmlwriter.h>

#include "services/soap/report_writer.h"

/* What a form does; NULL: nothing. */
struct report_form_calls {
	void (*begin)(struct report_writer *writer);
	/* A value that XML can hold, of the column; column 0 begins a row. */
	void (*add)(struct report_writer *writer, size_t column, const char *value);
	void (*end_row)(struct report_writer *writer);
	void (*end)(struct report_writer *writer);
};

extern const struct report_form_calls report_form_text;
extern const struct report_form_calls report_form_xml;
extern const struct report_form_calls report_form_dataset;

struct report_writer {
	const struct report_form_calls *form;
	struct report_claim *claim;
	enum report_state state;
	const char *row;
	const struct report_column *columns;
	size_t count; /* of columns */
	size_t rows;
	GString *text;
	struct report_delimiters delimiters; /* of text */
	xmlTextWriterPtr xml;                /* into text; of the other forms */
};

#endif
