/*
 * SOAP from memory to memory: one envelope in, one out, in SOAP 1.1 or 1.2 as it came, by the generated gSOAP code.
 */
#ifndef SERVICES_SOAP_ENVELOPE_H
#define SERVICES_SOAP_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "services/soap/exception.h"

struct envelope_host;
struct operation;
struct operation_wait;

enum envelope_version { ENVELOPE_SOAP_11 = 1, ENVELOPE_SOAP_12 = 2 };

struct envelope_request {
	const char *xml;
	size_t length;
	const char *charset;         /* of the Content-Type; NULL: none given */
	enum envelope_version guess; /* for what cannot be read far enough to know */
};

struct envelope_answer {
	enum envelope_version version;
	/* HTTP's: 200; of a fault 500 in SOAP 1.1, 400 or 500 in SOAP 1.2; 0: the call must be made alone, nothing was done */
	int status;
	GString *xml;    /* the envelope, the caller's */
	char *exception; /* "Name: sentence" of a fault, the caller's to g_free(); NULL: no fault */
};

/*
 * Runs the operation that the envelope asks for. operation: whose account_id is not known yet. Its first part reads the request and
 * calls the operation, which may wait (services/soap/operation_wait.h) if operation->may_wait says so: envelope_wait() is
 * not NULL then, and its reads must be done before the second part, envelope_end(), which sets in operation what it came to.
 */
struct envelope_call;
struct envelope_call *envelope_begin(struct envelope_host *host, const struct operation *operation,
    const struct envelope_request *request);
struct operation_wait *envelope_wait(struct envelope_call *call);
void envelope_end(
    struct envelope_call *call, struct operation *operation, struct envelope_answer *answer);

/* Both parts of a call that does not wait. */
void envelope_serve(struct envelope_host *host, struct operation *operation,
    const struct envelope_request *request, struct envelope_answer *answer);

/* A fault without a call, for what is refused before it is read. */
void envelope_refuse(struct envelope_host *host, enum envelope_version version,
    enum exception exception, const char *sentence, struct envelope_answer *answer);

#endif
