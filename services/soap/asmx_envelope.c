#include "services/soap/asmx_envelope.h"

#include <string.h>

#include <soapH.h>

enum { SOAP_VERSION_12 = 2 };

static const char prolog[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

int
asmx_envelope_begin_out(struct soap *soap)
{
	const char *version = soap->version == SOAP_VERSION_12
	    ? "http://www.w3.org/2003/05/soap-envelope"
	    : "http://schemas.xmlsoap.org/soap/envelope/";

	soap->part = SOAP_IN_ENVELOPE;
	soap->ns = 1; /* neither gSOAP's prolog nor its table of namespaces */
	if (soap_send(soap, prolog) || soap_element(soap, "soap:Envelope", 0, NULL) ||
	    soap_attribute(soap, "xmlns:soap", version) ||
	    soap_attribute(soap, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance") ||
	    soap_attribute(soap, "xmlns:xsd", "http://www.w3.org/2001/XMLSchema"))
		return soap->error;
	return soap_element_start_end_out(soap, NULL);
}

int
asmx_body_begin_out(struct soap *soap)
{
	soap->part = SOAP_IN_BODY;
	if (soap_element_begin_out(soap, "soap:Body", 0, NULL))
		return soap->error;
	soap->mode |= SOAP_XML_DEFAULTNS;
	return SOAP_OK;
}

int
asmx_body_end_out(struct soap *soap)
{
	soap->mode &= ~(soap_mode)SOAP_XML_DEFAULTNS;
	soap->part = SOAP_END_BODY;
	return soap_element_end_out(soap, "soap:Body");
}

int
asmx_envelope_end_out(struct soap *soap)
{
	soap->part = SOAP_END_ENVELOPE;
	return soap_element_end_out(soap, "soap:Envelope");
}

int
asmx_end_in(struct soap *soap)
{
	soap->part = SOAP_END;
	return SOAP_OK;
}

/* "SOAP-ENV:Client" -> "soap:Client" */
static void
fault_code_rename(struct soap *soap)
{
	const char **code = soap_faultcode(soap);
	const char *colon = strchr(*code, ':');
	size_t size;
	char *renamed;

	if (colon == NULL)
		return;
	size = strlen("soap") + strlen(colon) + 1;
	renamed = soap_malloc(soap, size);
	snprintf(renamed, size, "soap%s", colon);
	*code = renamed;
}

int
asmx_fault_send(struct soap *soap)
{
	fault_code_rename(soap);
	/* faultcode and its siblings have no namespace: none must be the default above them. */
	if (soap_begin_send(soap) || asmx_envelope_begin_out(soap) ||
	    soap_element_begin_out(soap, "soap:Body", 0, NULL) || soap_putfault(soap) ||
	    asmx_body_end_out(soap) || asmx_envelope_end_out(soap))
		return soap->error;
	return soap_end_send(soap);
}
