/*
 * What a receiving server asks about its clients and does with their messages: the relay (relay_backend.h) and
 * the capture server (capture.h) are two answers.
 *
 * A session asks one thing at a time and waits for its answer: enter() once, then mail, recipient, login and message
 * as the client goes on, leave() at the end, which withdraws a question under way. Answers may come within
 * the call that asks.
 */
#ifndef SERVICES_RELAY_RECEIVE_BACKEND_H
#define SERVICES_RELAY_RECEIVE_BACKEND_H

#include <stdbool.h>

#include "base/memory_budget.h"
#include "db/message.h"

enum { RECEIVE_SESSION_ID_SIZE = 17 /* 16 hexadecimal digits */ };

struct receive_backend;
struct submission_trace; /* services/relay/message/submission.h */

/* code: the SMTP reply code, 2xx for yes; text: enhanced code and words, "2.1.5 Ok", one line; valid during the call. */
typedef void receive_answer(void *arg, int code, const char *text);

struct receive_backend_calls {
	/* A client connected. session: its id in the log, valid until leave(); address: textual IP. Returns what the backend
	 * knows of it, given to the other calls. */
	void *(*enter)(struct receive_backend *backend, const char *session, const char *address,
	    receive_answer *answer, void *arg);

	/* A transaction begins. mail_from: reverse-path without brackets. */
	void (*mail)(void *visit, const char *mail_from);

	/* May this recipient be mailed? address stays until the answer. */
	void (*recipient)(void *visit, const char *address);

	/* Is this the password? 235 makes the session authenticated. NULL for a server without AUTH. */
	void (*login)(void *visit, const char *name, const char *password);

	/* A whole message: mail_from, recipients, smtputf8, client, head and body are set, as they came. The backend
	 * takes its own reference if it needs one beyond its answer. trace is valid during the call. */
	void (*message)(void *visit, struct message *message, const struct submission_trace *trace);

	/* The client is gone: nothing is answered any more; frees the visit. */
	void (*leave)(void *visit);
};

/* First member of each backend's own struct. */
struct receive_backend {
	const struct receive_backend_calls *calls;
	/* What messages are counted in; the server takes its `relieved`; or NULL */
	struct memory_budget *budget;
	bool offers_dsn; /* it keeps what RFC 3461 asks for, and reports */
};

#endif
