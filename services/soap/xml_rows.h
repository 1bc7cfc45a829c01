/*
 * The *_XML reports: <NewDataSet xmlns=""> with an element a row, named after the report, and an element a value
 * within: the shape of a .NET DataSet, which clients of such reports expect.
 */
#ifndef SERVICES_SOAP_XML_ROWS_H
#define SERVICES_SOAP_XML_ROWS_H

#include <stddef.h>

struct soap;
struct xml_rows;

/* row: name of a row's element; columns: names of `count` elements in it. They must outlive the rows. */
struct xml_rows *xml_rows_create(const char *row, const char *const *columns, size_t count);

/* values: as many as there are columns. What XML cannot hold is replaced. */
void xml_rows_add(struct xml_rows *rows, const char *const *values);

/* The document, in soap's memory. Frees the rows. */
char *xml_rows_finish(struct xml_rows *rows, struct soap *soap);

void xml_rows_destroy(struct xml_rows *rows);

#endif
