/*
 * Pages for people: the list of operations, and one about each with its parameters, a form to try it, and a sample of
 * what goes over the wire in each binding. Made from the contract.
 */
#ifndef SERVICES_SOAP_HELP_PAGE_H
#define SERVICES_SOAP_HELP_PAGE_H

#include <glib.h>

#include "services/soap/wsdl_document.h"

/* HTML in UTF-8, the caller's. url: where the API answers. The page has a link to the discovery document. */
GString *help_page_list(const struct wsdl_document *contract, const char *url);

/* For the form and the samples. */
GString *help_page_operation(
    const struct wsdl_document *contract, const struct wsdl_operation *operation, const char *url);

#endif
