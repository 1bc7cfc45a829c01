/*
 * The HTTP POST binding: POST /api.asmx/Operation with a form. The form becomes the envelope that a SOAP client would
 * have sent, so that all bindings decode, call and encode the same way; the result is taken out of the answer.
 */
#ifndef SERVICES_SOAP_FORM_BINDING_H
#define SERVICES_SOAP_FORM_BINDING_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "services/soap/wsdl_document.h"

struct envelope_host;
struct operation;

struct form_request {
	const char *text; /* urlencoded */
	size_t length;
	const char *content_type; /* "" for none, or when text is a query */
};

/* name: of the operation, any case. True: body gets the result as XML. False: body gets the exception's line and CR LF, as
 * text. */
bool form_binding_call(const struct wsdl_document *contract, struct envelope_host *host,
    struct operation *operation, const char *name, const struct form_request *request,
    GString *body);

#endif
