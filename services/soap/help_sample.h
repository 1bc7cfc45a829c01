/*
 * What goes over the wire when an operation is called, as text to read and to copy: the samples of a help page. Values are
 * the names of their types.
 */
#ifndef SERVICES_SOAP_HELP_SAMPLE_H
#define SERVICES_SOAP_HELP_SAMPLE_H

#include <glib.h>

#include "services/soap/wsdl_document.h"

enum help_sample_binding {
	HELP_SAMPLE_SOAP_11,
	HELP_SAMPLE_SOAP_12,
	HELP_SAMPLE_HTTP_GET,
	HELP_SAMPLE_HTTP_POST
};

/* url: where the API answers. Each is the caller's. */
GString *help_sample_request(
    const struct wsdl_operation *operation, enum help_sample_binding binding, const char *url);
GString *help_sample_response(
    const struct wsdl_operation *operation, enum help_sample_binding binding);

/* Commands for a shell: SOAP 1.1, or HTTP POST. */
GString *help_sample_curl(
    const struct wsdl_operation *operation, enum help_sample_binding binding, const char *url);

#endif
