/*
 * gSOAP's contexts, which are large: made once and used for one call after the other. Thread-safe.
 */
#ifndef SERVICES_SOAP_ENVELOPE_HOST_H
#define SERVICES_SOAP_ENVELOPE_HOST_H

struct envelope_host;
struct soap;

enum {
	ENVELOPE_CONTEXTS_MAX = 32
}; /* that are kept while nobody uses them, of some 160 KiB each */

struct envelope_host *envelope_host_create(void);
void envelope_host_destroy(struct envelope_host *host);

/* A context with nothing of a call in it, for one thread at a time, until it is given back. */
struct soap *envelope_host_take(struct envelope_host *host);
void envelope_host_give(struct envelope_host *host, struct soap *soap);

/* soap_begin_recv() for the text that is read next, which has passed xml_gate_pass(). */
int envelope_host_begin_recv(struct soap *soap, const char *text);

#endif
