/*
 * The HTTP GET binding of the contract. It differs from the HTTP POST binding in names, verb and encoding alone, and is off
 * unless the configuration turns it on: so it is made from that binding where it is wanted, and not written out in the WSDL.
 */
#ifndef SERVICES_SOAP_WSDL_HTTP_GET_H
#define SERVICES_SOAP_WSDL_HTTP_GET_H

#include <libxml/tree.h>

/* Adds messages, port type, binding and port JangoMailHttpGet, each before its JangoMailHttpPost counterpart. */
void wsdl_http_get_add(xmlDocPtr contract);

#endif
