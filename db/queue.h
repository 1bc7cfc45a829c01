/*
 * The queue, as the scheduler sees it: deliveries claimed, attempts recorded.
 */
#ifndef DB_QUEUE_H
#define DB_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/composition.h"
#include "db/message.h"
#include "db/worker.h"

/* One recipient's delivery, owned by whoever holds the pointer; freed by delivery_free(). */
struct delivery {
	int64_t account_id;
	int64_t delivery_id;
	struct message *message; /* NULL for a campaign's delivery */
	/* What to build the content from; NULL: message holds it as it leaves. */
	struct composition *composition;
	char *recipient;
	struct suppression *suppression; /* why it is not to be sent; or NULL */
	char *merge_fields;              /* JSON object of strings for a campaign; or NULL */
	unsigned notify;                 /* enum dsn_notify */
	char *original_recipient;        /* as struct message_recipient has it */
	int attempts;                    /* made before now */
	int64_t queued_at;               /* microseconds */
	size_t share; /* bytes of the message, shared out among the deliveries that came with it */
};

/* The first attempt's delivery for recipient number `index` of a message just stored; refs the message. */
struct delivery *delivery_create(struct message *message, unsigned index);
void delivery_free(struct delivery *delivery);

/* What it asks of TLS on its way; a campaign asks nothing. */
static inline enum message_tls
delivery_asks_tls(const struct delivery *delivery)
{
	return delivery->message != NULL ? delivery->message->tls : MESSAGE_TLS_USUAL;
}

/* Calls back with up to `limit` due deliveries, now claimed by this worker, contents read (deliveries of
 * one message share it). deliveries: GPtrArray of struct delivery without a free function; the callee
 * owns each and the array. NULL when the database is unavailable. more: others were due beyond the limit.
 * Messages are read up to about `bytes` of content. */
typedef void queue_claimed(void *arg, GPtrArray *deliveries, bool more);
void queue_claim(
    struct db_worker *worker, unsigned limit, size_t bytes, queue_claimed *done, void *arg);

/* Microseconds (wall clock) when the next unclaimed row is due; INT64_MAX: none. -1: unavailable. */
void queue_next_due(struct db_worker *worker, void (*done)(void *arg, int64_t when), void *arg);

/* Gives a claimed delivery back unattempted, due again at `when`, and frees it. What is given back in one turn of the event loop is
 * written together. */
void queue_release(struct db_worker *worker, struct delivery *delivery, int64_t when);

enum attempt_status { ATTEMPT_DELIVERED, ATTEMPT_DEFERRED, ATTEMPT_FAILED };

/* What a failed attempt says of the address. */
enum attempt_bounce {
	ATTEMPT_BOUNCE_NONE,    /* nothing: it did not fail, or nobody was asked */
	ATTEMPT_BOUNCE_PASSING, /* refused, or taken by nobody, for another reason than the address */
	ATTEMPT_BOUNCE_DEFINITIVE /* takes no mail at all: it goes on the account's bounce list */
};

struct attempt {
	int number; /* 1 for the first */
	enum attempt_status status;
	int64_t started_at, finished_at; /* microseconds */
	int64_t next_attempt_at;         /* when deferred */
	char *unsent; /* why nobody was asked: one line; g_free. NULL: there was an attempt */
	char *result; /* the transcript's last line without "result ": "delivered 2.0.0"; g_free */
	enum attempt_bounce bounce; /* of a failed one */
	unsigned smtp_code;         /* of the reply that a bounce comes from; 0: there was none */
	bool
	    is_success_reported; /* of a delivered one: the next hop took it on to report the success */
	/* struct message, owned: what its sender is told, and whom the account wants told; stored, and sent, with the record */
	GPtrArray *reports;
	GString *transcript; /* UTF-8, from "attempt ..." to "result ...\n" */
};

/*
 * Records an attempt: the transcript, and in the same transaction the queue row leaves (delivered,
 * failed) or waits for next_attempt_at, unclaimed (deferred), a bounce is noted, and a report is
 * queued, once for a delivery's end and once for its delay. Batched like
 * messages. Takes delivery and attempt and frees both. When the database is away the record is kept and written as the first
 * thing after reconnection, before anything is claimed again: what was delivered is not sent twice
 * for that. done (may be NULL) is called when it is committed.
 */
void queue_record(struct db_worker *worker, struct delivery *delivery, struct attempt *attempt,
    void (*done)(void *arg), void *arg);

struct attempt *attempt_create(int number);

/* The RFC 3463 code in its result: "5.1.1". */
const char *attempt_code(const struct attempt *attempt);
void attempt_free(struct attempt *attempt);

/* Attempts not yet recorded: a clean stop waits for zero. */
unsigned queue_records_pending(const struct db_worker *worker);

#endif
