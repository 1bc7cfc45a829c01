/*
 * Documents that libxml2 has read, so that one that differs in plain texts alone is known without it: a client's calls of an
 * operation are alike but for their values.
 *
 * A shape is a document whose texts of printable ASCII, without & < > " ', are left out: what fits it has the same tags, one for
 * one, so it is as well-formed, as deep, and of the same namespaces. Each thread has its own.
 */
#ifndef SERVICES_SOAP_XML_SHAPE_H
#define SERVICES_SOAP_XML_SHAPE_H

#include <stddef.h>

enum {
	XML_SHAPE_MAX = 8, /* of a thread: the one that was used longest ago goes */
	XML_SHAPE_PIECES_MAX = 64
};

/* The namespace of the document element of the shape that the document fits, this module's until the next call; NULL: none. */
const char *xml_shape_find(const char *xml, size_t length);

/* The document is UTF-8 without a mark, and well-formed. Not kept: one with a comment, an instruction, a CDATA section, a text of
 * other characters, or more than XML_SHAPE_PIECES_MAX texts. */
void xml_shape_keep(const char *xml, size_t length, const char *root_namespace);

/* Forgets the calling thread's shapes. */
void xml_shape_forget(void);

#endif
