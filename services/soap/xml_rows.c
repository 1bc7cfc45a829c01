#include "services/soap/xml_rows.h"

#include <glib.h>
#include <libxml/xmlwriter.h>
#include <soapH.h>

#include "services/soap/xml_text.h"

struct xml_rows {
	const char *row;
	const char *const *columns;
	size_t count;
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer;
};

struct xml_rows *
xml_rows_create(const char *row, const char *const *columns, size_t count)
{
	struct xml_rows *rows = g_new0(struct xml_rows, 1);

	rows->row = row;
	rows->columns = columns;
	rows->count = count;
	rows->buffer = xmlBufferCreate();
	rows->writer = xmlNewTextWriterMemory(rows->buffer, 0);
	xmlTextWriterStartElementNS(rows->writer, NULL, BAD_CAST "NewDataSet", BAD_CAST "");
	return rows;
}

void
xml_rows_add(struct xml_rows *rows, const char *const *values)
{
	xmlTextWriterStartElement(rows->writer, BAD_CAST rows->row);
	for (size_t i = 0; i < rows->count; i++) {
		char *value = xml_text_clean(values[i]);

		xmlTextWriterWriteElement(rows->writer, BAD_CAST rows->columns[i], BAD_CAST value);
		g_free(value);
	}
	xmlTextWriterEndElement(rows->writer);
}

char *
xml_rows_finish(struct xml_rows *rows, struct soap *soap)
{
	char *document;

	xmlTextWriterEndElement(rows->writer);
	xmlTextWriterFlush(rows->writer);
	document = soap_strdup(soap, (const char *)xmlBufferContent(rows->buffer));
	xml_rows_destroy(rows);
	return document;
}

void
xml_rows_destroy(struct xml_rows *rows)
{
	xmlFreeTextWriter(rows->writer);
	xmlBufferFree(rows->buffer);
	g_free(rows);
}
