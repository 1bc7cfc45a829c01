/* The relay's backend from within: one visit a connection, with at most one login and one submission under way. */
#ifndef SERVICES_RELAY_RECEIVE_RELAY_BACKEND_PRIVATE_H
#define SERVICES_RELAY_RECEIVE_RELAY_BACKEND_PRIVATE_H

#include <netinet/in.h>

#include "base/login_throttle.h"
#include "base/password.h"
#include "db/account_lookup.h"
#include "services/relay/message/return_path.h"
#include "services/relay/receive/checker.h"
#include "services/relay/receive/relay_backend.h"

enum { PASSWORD_CACHE_SECONDS = 300, PASSWORD_CACHE_ENTRIES = 10000 };

struct relay_backend {
	struct receive_backend receive; /* first: the server knows the backend by it */
	struct relay_backend_settings settings;
	struct event_base *base;
	struct checker *checker;
	struct password_cache *passwords;
	struct login_throttle *throttle;
};

struct relay_account {
	int64_t account_id;
	char *name;
};

struct relay_visit {
	struct relay_backend *backend;
	const char *session; /* its id in the log; the session's */
	receive_answer *answer;
	void *answer_arg;
	char address[INET6_ADDRSTRLEN];
	/* What the networks are being looked up for; the session's; else NULL */
	const char *recipient;
	GPtrArray *
	    networks; /* struct relay_account: who registered the address, as of this transaction; or NULL */
	struct relay_account *account;         /* logged in; or NULL */
	struct relay_login *login;             /* under way; or NULL */
	struct relay_submission *submission;   /* under way; or NULL */
	struct relay_bounce *bounce;           /* likewise */
	struct relay_unsubscribe *unsubscribe; /* likewise */
	bool has_recipients;                   /* this transaction has such as are relayed */
	bool is_bounce;                        /* or its recipient is a return path */
	bool is_unsubscribe;                   /* or rather an address to unsubscribe */
	struct delivery_token return_path;     /* which */
};

struct relay_account *relay_account_create(const struct account_identity *identity);
void relay_account_free(struct relay_account *account);

/* relay_login.c: receive_backend_calls.login, and its end when the client is gone. */
void relay_login_begin(void *visit, const char *name, const char *password);
void relay_login_cancel(struct relay_login *login);

/* relay_submission.c: receive_backend_calls.message, likewise. What is being stored is stored, and delivered. */
void relay_submission_begin(
    void *visit, struct message *message, const struct submission_trace *trace);
void relay_submission_cancel(struct relay_submission *submission);

/* relay_bounce.c: whether it answered for this recipient: a return path or an address to unsubscribe, or one that may not stand beside
 * it. */
bool relay_bounce_takes(struct relay_visit *visit, const char *address);

/* receive_backend_calls.message, of a transaction to a return path. */
void relay_bounce_begin(struct relay_visit *visit, const struct message *message);
void relay_bounce_cancel(struct relay_bounce *bounce);

/* relay_unsubscribe.c: likewise, to an address to unsubscribe. */
void relay_unsubscribe_begin(struct relay_visit *visit, const struct message *message);
void relay_unsubscribe_cancel(struct relay_unsubscribe *unsubscribe);

#endif
