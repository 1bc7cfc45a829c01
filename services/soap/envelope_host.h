/*
 * gSOAP's contexts, which are large: made once and used for one call after the other; and what it wrote that is the same for each
 * call. Thread-safe.
 */
#ifndef SERVICES_SOAP_ENVELOPE_HOST_H
#define SERVICES_SOAP_ENVELOPE_HOST_H

#include <stddef.h>

#include <glib.h>

struct envelope_host;
struct soap;

/* A response whose result is a string, without it. */
struct envelope_frame {
	const char *name; /* of the operation, a literal */
	short version;    /* of SOAP */
	char *begin, *end;
};

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

/* The frame of responses of that operation; NULL: none is kept yet. It lives as long as the host. */
const struct envelope_frame *envelope_host_find_frame(
    struct envelope_host *host, short version, const char *name);

/* Keeps a response with an empty result, which is `length` bytes behind its begin. */
const struct envelope_frame *envelope_host_keep_frame(struct envelope_host *host, short version,
    const char *name, const GString *response, size_t length);

#endif
