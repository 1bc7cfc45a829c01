/*
 * The contract as the running program knows it: read once from the WSDL in the binary. It names operations and
 * parameters for the form binding and the help pages, and is published with the caller's own address in it.
 * Only read after it was made: any number of threads may.
 */
#ifndef SERVICES_SOAP_WSDL_DOCUMENT_H
#define SERVICES_SOAP_WSDL_DOCUMENT_H

#include <glib.h>

#include "base/error.h"

#define WSDL_TARGET_NAMESPACE "http://api.jangomail.com/"
#define WSDL_TYPE_DATASET "DataSet"

struct wsdl_parameter {
	char *name;
	char *type; /* "string", "int", "long", "ArrayOfString" */
	char *documentation;
};

struct wsdl_operation {
	char *name;
	char *documentation;
	char *result_type;     /* "string", "int", "boolean", "DataSet"; NULL: an XML document */
	GPtrArray *parameters; /* struct wsdl_parameter, in order */
};

struct wsdl_document;

/* Which bindings are offered. */
enum wsdl_bindings {
	WSDL_BINDINGS_USUAL,   /* SOAP 1.1, SOAP 1.2, HTTP POST */
	WSDL_BINDINGS_WITH_GET /* and HTTP GET */
};

/* text: the WSDL. NULL: it does not parse, or lacks what is read here. */
struct wsdl_document *wsdl_document_create(
    const char *text, size_t length, enum wsdl_bindings bindings, struct error *error);
void wsdl_document_destroy(struct wsdl_document *document);

enum wsdl_bindings wsdl_document_bindings(const struct wsdl_document *document);

/* In the contract's order: struct wsdl_operation. */
const GPtrArray *wsdl_document_operations(const struct wsdl_document *document);

/* name: any case. NULL: there is none. */
const struct wsdl_operation *wsdl_document_find(
    const struct wsdl_document *document, const char *name);

/* The WSDL with url as the address of each port. The caller's. */
GString *wsdl_document_publish(const struct wsdl_document *document, const char *url);

#endif
