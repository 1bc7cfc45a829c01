/* The XML form and the DataSet form of reports. */
#include "services/soap/report_writer_private.h"

#include <inttypes.h>
#include <stdio.h>

#define NAMESPACE_SCHEMA "http://www.w3.org/2001/XMLSchema"
#define NAMESPACE_DATA "urn:schemas-microsoft-com:xml-msdata"
#define NAMESPACE_DIFFGRAM "urn:schemas-microsoft-com:xml-diffgram-v1"
#define DATASET_NAME "NewDataSet"

enum { NUMBER_SIZE = 24 };

/* In XML Schema, as the schema's prefix has it. */
static const char *const type_names[] = {
    [REPORT_STRING] = "xs:string",
    [REPORT_INT] = "xs:int",
    [REPORT_LONG] = "xs:long",
    [REPORT_BOOLEAN] = "xs:boolean",
    [REPORT_DATE_TIME] = "xs:dateTime",
};

static int
write_to_text(void *context, const char *bytes, int length)
{
	g_string_append_len(context, bytes, length);
	return length;
}

static void
element_begin(xmlTextWriterPtr xml, const char *name)
{
	xmlTextWriterStartElement(xml, BAD_CAST name);
}

static void
attribute(xmlTextWriterPtr xml, const char *name, const char *value)
{
	xmlTextWriterWriteAttribute(xml, BAD_CAST name, BAD_CAST value);
}

static void
xml_create(struct report_writer *writer)
{
	writer->xml =
	    xmlNewTextWriter(xmlOutputBufferCreateIO(write_to_text, NULL, writer->text, NULL));
}

/* The element that holds the rows, outside of any namespace. */
static void
rows_begin(struct report_writer *writer)
{
	element_begin(writer->xml, DATASET_NAME);
	attribute(writer->xml, "xmlns", "");
}

static void
xml_begin(struct report_writer *writer)
{
	xml_create(writer);
	rows_begin(writer);
}

static void
value_add(struct report_writer *writer, size_t column, const char *value)
{
	xmlTextWriterWriteElement(
	    writer->xml, BAD_CAST writer->columns[column].name, BAD_CAST value);
}

static void
xml_add(struct report_writer *writer, size_t column, const char *value)
{
	if (column == 0)
		element_begin(writer->xml, writer->row);
	value_add(writer, column, value);
}

static void
xml_end_row(struct report_writer *writer)
{
	xmlTextWriterEndElement(writer->xml);
}

static void
xml_end(struct report_writer *writer)
{
	xmlTextWriterEndElement(writer->xml);
	xmlTextWriterFlush(writer->xml);
}

const struct report_form_calls report_form_xml = {xml_begin, xml_add, xml_end_row, xml_end};

static void
column_declare(xmlTextWriterPtr xml, const struct report_column *column)
{
	element_begin(xml, "xs:element");
	attribute(xml, "name", column->name);
	/* Else .NET turns what says Z into the client's own time. */
	if (column->type == REPORT_DATE_TIME)
		attribute(xml, "msdata:DateTimeMode", "Utc");
	attribute(xml, "type", type_names[column->type]);
	attribute(xml, "minOccurs", "0");
	xmlTextWriterEndElement(xml);
}

static void
row_declare(const struct report_writer *writer)
{
	xmlTextWriterPtr xml = writer->xml;

	element_begin(xml, "xs:element");
	attribute(xml, "name", writer->row);
	element_begin(xml, "xs:complexType");
	element_begin(xml, "xs:sequence");
	for (size_t i = 0; i < writer->count; i++)
		column_declare(xml, &writer->columns[i]);
	for (int i = 0; i < 3; i++)
		xmlTextWriterEndElement(xml);
}

/* From <xs:schema> to </xs:schema>. */
static void
schema_write(const struct report_writer *writer)
{
	xmlTextWriterPtr xml = writer->xml;

	element_begin(xml, "xs:schema");
	attribute(xml, "id", DATASET_NAME);
	attribute(xml, "xmlns", "");
	attribute(xml, "xmlns:xs", NAMESPACE_SCHEMA);
	attribute(xml, "xmlns:msdata", NAMESPACE_DATA);
	element_begin(xml, "xs:element");
	attribute(xml, "name", DATASET_NAME);
	attribute(xml, "msdata:IsDataSet", "true");
	attribute(xml, "msdata:UseCurrentLocale", "true");
	element_begin(xml, "xs:complexType");
	element_begin(xml, "xs:choice");
	attribute(xml, "minOccurs", "0");
	attribute(xml, "maxOccurs", "unbounded");
	row_declare(writer);
	for (int i = 0; i < 4; i++)
		xmlTextWriterEndElement(xml);
}

static void
dataset_begin(struct report_writer *writer)
{
	xml_create(writer);
	schema_write(writer);
	element_begin(writer->xml, "diffgr:diffgram");
	attribute(writer->xml, "xmlns:msdata", NAMESPACE_DATA);
	attribute(writer->xml, "xmlns:diffgr", NAMESPACE_DIFFGRAM);
}

static void
dataset_row_begin(struct report_writer *writer)
{
	char order[NUMBER_SIZE];
	char *id;

	if (writer->rows == 0)
		rows_begin(writer);
	id = g_strdup_printf("%s%zu", writer->row, writer->rows + 1);
	snprintf(order, sizeof(order), "%zu", writer->rows);
	element_begin(writer->xml, writer->row);
	attribute(writer->xml, "diffgr:id", id);
	attribute(writer->xml, "msdata:rowOrder", order);
	g_free(id);
}

static void
dataset_add(struct report_writer *writer, size_t column, const char *value)
{
	if (column == 0)
		dataset_row_begin(writer);
	value_add(writer, column, value);
}

static void
dataset_end(struct report_writer *writer)
{
	if (writer->rows > 0)
		xmlTextWriterEndElement(writer->xml);
	xml_end(writer);
}

const struct report_form_calls report_form_dataset = {
    dataset_begin, dataset_add, xml_end_row, dataset_end};
