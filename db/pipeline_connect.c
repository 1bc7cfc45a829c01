/* From a connection string to a connection with its settings made and its statements prepared. */
#include "db/pipeline_private.h"

#include "base/log.h"

/*
 * Dead peers are noticed: TCP keepalives after 10 s of silence, unanswered data after PIPELINE_SEND_TIMEOUT_MS. The
 * operator's connection string comes last and wins.
 */
static PGconn *
pipeline_connect_begin(const char *conninfo)
{
	g_autofree char *send_timeout = g_strdup_printf("%d", PIPELINE_SEND_TIMEOUT_MS);
	const char *const keywords[] = {"application_name", "client_encoding", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname", NULL};
	const char *const values[] = {
	    "bracemail-relay", "UTF8", "10", "3", "3", send_timeout, conninfo, NULL};

	return PQconnectStartParams(keywords, values, 1);
}

/* Notices of PostgreSQL are for its own log. */
static void
pipeline_ignore_notice(void *arg, const PGresult *notice)
{
	(void)arg;
	(void)notice;
}

void
pipeline_connect_start(struct pipeline *pipeline)
{
	pipeline_enter_state(pipeline, PIPELINE_STATE_CONNECTING);
	pipeline->connection = pipeline_connect_begin(pipeline->conninfo);
	if (PQstatus(pipeline->connection) == CONNECTION_BAD) {
		pipeline_break(pipeline, NULL);
		return;
	}
	PQsetNoticeReceiver(pipeline->connection, pipeline_ignore_notice, NULL);
	/* PQconnectStart() asks to be treated as if PQconnectPoll() had said WRITING. */
	pipeline_watch(pipeline, pipeline_on_readable, EV_READ, pipeline_on_writable);
	event_add(pipeline->writable, NULL);
	pipeline_arm_timer(pipeline, PIPELINE_CONNECT_SECONDS * 1000);
}

static void
pipeline_on_prepared(void *arg, const struct pipeline_outcome *outcome)
{
	struct pipeline *pipeline = arg;

	if (outcome->status == PIPELINE_LOST)
		return;
	if (outcome->status == PIPELINE_FAILED) {
		pipeline_break(pipeline, outcome->failure.text);
		return;
	}
	log_info("database-connected", "connection=%s", pipeline->profile->name);
	pipeline->retry_ms = PIPELINE_RETRY_FIRST_MS;
	pipeline->trouble_logged = false;
	pipeline_enter_state(pipeline, PIPELINE_STATE_READY);
	pipeline->events.up(pipeline->arg);
}

static bool
pipeline_send_text(struct pipeline *pipeline, const char *sql)
{
	return PQsendQueryParams(pipeline->connection, sql, 0, NULL, NULL, NULL, NULL, 1);
}

static bool
pipeline_send_preparations(struct pipeline *pipeline)
{
	const struct pipeline_profile *profile = pipeline->profile;
	bool sent = pipeline_send_text(pipeline, profile->settings);

	for (const char *const *listen = profile->listens; sent && *listen != NULL; listen++)
		sent = pipeline_send_text(pipeline, *listen);
	for (const struct pipeline_statement *const *list = profile->statements; *list != NULL;
	     list++)
		for (const struct pipeline_statement *statement = *list;
		     sent && statement->name != NULL; statement++)
			sent = PQsendPrepare(
			    pipeline->connection, statement->name, statement->sql, 0, NULL);
	return sent;
}

static void
pipeline_prepare(struct pipeline *pipeline)
{
	pipeline_enter_state(pipeline, PIPELINE_STATE_PREPARING);
	pipeline_watch(pipeline, pipeline_on_readable, EV_READ | EV_PERSIST, pipeline_on_writable);
	event_add(pipeline->readable, NULL);
	pipeline_open(pipeline);
	if (PQsetnonblocking(pipeline->connection, 1) != 0 ||
	    !PQenterPipelineMode(pipeline->connection) || !pipeline_send_preparations(pipeline))
		pipeline_break(pipeline, NULL);
	pipeline_commit(pipeline, pipeline_on_prepared, pipeline);
}

void
pipeline_connect_poll(struct pipeline *pipeline)
{
	PostgresPollingStatusType wanted = PQconnectPoll(pipeline->connection);

	switch (wanted) {
	case PGRES_POLLING_OK:
		pipeline_prepare(pipeline);
		return;
	case PGRES_POLLING_READING:
	case PGRES_POLLING_WRITING:
		break;
	default:
		pipeline_break(pipeline, NULL);
		return;
	}
	/* Each host of the connection string has its own socket. */
	pipeline_watch(pipeline, pipeline_on_readable, EV_READ, pipeline_on_writable);
	event_add(wanted == PGRES_POLLING_READING ? pipeline->readable : pipeline->writable, NULL);
	pipeline_arm_timer(pipeline, PIPELINE_CONNECT_SECONDS * 1000);
}
