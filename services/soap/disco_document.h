/*
 * What .NET's Add Web Reference, wsdl and disco read when they are given the address of the API without ?WSDL: a discovery
 * document, which the page there names in a link, and which names the contract.
 */
#ifndef SERVICES_SOAP_DISCO_DOCUMENT_H
#define SERVICES_SOAP_DISCO_DOCUMENT_H

#include <glib.h>

/* url: where the API answers. XML in UTF-8, the caller's. */
GString *disco_document(const char *url);

#endif
