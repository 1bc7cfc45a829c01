/* Inside of db/pipeline.h, shared by pipeline.c (life and transactions), pipeline_connect.c and pipeline_read.c. */
#ifndef DB_PIPELINE_PRIVATE_H
#define DB_PIPELINE_PRIVATE_H

#include "db/pipeline.h"

#include <event2/event.h>
#include <glib.h>

#include "base/error.h"
#include "db/hosts.h"

enum pipeline_state {
	PIPELINE_STATE_WAITING,    /* the timer will connect */
	PIPELINE_STATE_CONNECTING, /* PQconnectPoll() */
	PIPELINE_STATE_PREPARING,  /* the setup transaction is under way */
	PIPELINE_STATE_READY
};

struct pipeline_transaction {
	GPtrArray *results; /* PGresult, one per statement that was answered */
	bool is_block;      /* the first result is BEGIN's, the last COMMIT's */
	unsigned syncs;     /* not answered yet */
	bool answered;      /* the statement under way has its result; its end (NULL) is awaited */
	bool failed;
	struct failure failure;
	pipeline_done *done;
	void *arg;
};

struct pipeline {
	struct event_base *base;
	struct db_hosts *hosts;
	const struct pipeline_profile *profile;
	struct pipeline_events events;
	void *arg;
	enum pipeline_state state;
	PGconn *connection;
	struct event *readable; /* persistent but while connecting */
	struct event *writable; /* one shot, while output waits */
	struct event *timer;    /* WAITING: connect; else: no progress, or a loss to handle */
	GQueue transactions;    /* struct pipeline_transaction, oldest first */
	struct pipeline_transaction *open; /* between begin and commit */
	unsigned tried;                    /* hosts, since it was up */
	unsigned retry_ms;
	bool is_distributed;
	bool broken;                /* the connection is to be given up from the event loop */
	struct error trouble, told; /* told: what the log said of it, until it is up again */
};

/* pipeline_connect.c */
extern const struct pipeline_statement pipeline_block_begin, pipeline_block_commit;
void pipeline_connect_start(struct pipeline *pipeline);
void pipeline_connect_poll(struct pipeline *pipeline);

/* pipeline_read.c */
void pipeline_on_readable(evutil_socket_t socket, short events, void *arg);
void pipeline_on_writable(evutil_socket_t socket, short events, void *arg);
void pipeline_transaction_finish(
    struct pipeline_transaction *transaction, enum pipeline_status status);

/* pipeline.c */
void pipeline_enter_state(struct pipeline *pipeline, enum pipeline_state state);
void pipeline_watch(struct pipeline *pipeline, event_callback_fn on_readable, short readable,
    event_callback_fn on_writable);
void pipeline_arm_timer(struct pipeline *pipeline, unsigned milliseconds);
void pipeline_arm_answer_timer(struct pipeline *pipeline);
void pipeline_flush(struct pipeline *pipeline);

/* Remembers why and gives up the connection at the next turn of the loop. reason NULL: libpq's message. */
void pipeline_break(struct pipeline *pipeline, const char *reason);

/* Gives it up now: answers what was under way, tells `down`, waits to connect again. */
void pipeline_lose(struct pipeline *pipeline);

/* A transaction around statements that the caller sends by itself. */
void pipeline_open(struct pipeline *pipeline);

#endif
