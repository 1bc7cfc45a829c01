/*
 * The envelope as ASMX wrote it: prefix soap: in both versions, the operation in the default namespace below it.
 *
 * gSOAP's own calls of the same names, which the generated code makes, write SOAP-ENV: or an Envelope in the default
 * namespace; some clients match the text. services/soap/soap.mk puts these in their places.
 */
#ifndef SERVICES_SOAP_ASMX_ENVELOPE_H
#define SERVICES_SOAP_ASMX_ENVELOPE_H

struct soap;

/* Each returns SOAP_OK or soap->error, as the calls they replace. */
int asmx_envelope_begin_out(struct soap *soap);
int asmx_body_begin_out(struct soap *soap);
int asmx_body_end_out(struct soap *soap);
int asmx_envelope_end_out(struct soap *soap);

/* The end of a request: gSOAP's would go through its tables of references, which no call has (SOAP_XML_TREE). */
int asmx_end_in(struct soap *soap);

/* The whole envelope of the fault in soap. */
int asmx_fault_send(struct soap *soap);

#endif
