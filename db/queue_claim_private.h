/*
 * Inside of db/queue.h's claim: queue_claim.c (requests, and the claim of what is due), queue_claim_divided.c (the same where the
 * database is distributed), queue_claim_sql.c.
 */
#ifndef DB_QUEUE_CLAIM_PRIVATE_H
#define DB_QUEUE_CLAIM_PRIVATE_H

#include "db/queue.h"
#include "db/worker_private.h"

/* Of queue_claim_statements. */
enum claim_statement { CLAIM_TAKE, CLAIM_DIVIDE, CLAIM_TAKE_OF_ONE, CLAIM_DISCARD, CLAIM_NEXT_DUE };

struct queue_claims {
	struct db_worker *worker;
	GHashTable *campaigns; /* campaign_cache_create() */
	unsigned taking;       /* statements under way: the campaigns they count on must stay */
	GQueue waiting;        /* struct claim_request not sent yet, or never to be */
	unsigned outstanding;
	struct event *flush;
};

struct claim_request {
	struct queue_claims *claims;
	unsigned limit;
	size_t bytes;
	queue_claimed *claimed;               /* for a claim; NULL: asks when the next is due */
	void (*due)(void *arg, int64_t when); /* for that */
	void *arg;
};

/* Sends CLAIM_TAKE, or with an account_id other than 0 CLAIM_TAKE_OF_ONE. */
void claims_send_take(struct queue_claims *claims, unsigned limit, size_t bytes, int64_t account_id,
    pipeline_done *done, void *arg);

/* What it answered: to be called first by `done`. Adds to deliveries, whose elements are the caller's; false: nothing was taken that is this worker's to
 * deliver. more: others were due beyond the limit. */
bool claims_read_taken(struct queue_claims *claims, const struct pipeline_outcome *outcome,
    GPtrArray *deliveries, bool *more);

/* Tells who asked, and frees the request. deliveries: as queue_claimed has them. */
void claim_answer(struct claim_request *request, GPtrArray *deliveries, bool more);

void claim_log_failure(const struct pipeline_outcome *outcome, const char *event);

/* queue_claim_divided.c: answers the request by a statement for each account that has something due. */
void claims_take_divided(struct queue_claims *claims, struct claim_request *request);

#endif
