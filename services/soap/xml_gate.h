/*
 * The door for XML from outside, before gSOAP sees it: well-formed, no DOCTYPE (so no entities of its own), within the
 * limits below, only characters that XML allows, in UTF-8. Nothing is built in memory but for a CDATA section.
 */
#ifndef SERVICES_SOAP_XML_GATE_H
#define SERVICES_SOAP_XML_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "base/error.h"

enum {
	XML_GATE_DEPTH_MAX = 32,
	XML_GATE_ELEMENTS_MAX = 32768,
	XML_GATE_ATTRIBUTES_MAX = 64, /* of an element; and as many namespaces in scope */
	XML_GATE_TAG_MAX = 16384,     /* bytes of a tag, a comment or an instruction, about */
	XML_GATE_BYTES_MAX =
	    1 << 20 /* of the document without its long values, about: see xml_gate.c */
};

/*
 * charset: of the Content-Type, which wins over the XML declaration (RFC 7303 section 3), or NULL. On success utf8 is NULL
 * when the bytes may be used as they are, else the document in UTF-8, the caller's. root_namespace: of the document
 * element, "" for none; the caller's to g_free(). error: the sentence's end ("is not well-formed: ...").
 */
bool xml_gate_pass(const char *xml, size_t length, const char *charset, GString **utf8,
    char **root_namespace, struct error *error);

#endif
