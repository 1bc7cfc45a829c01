/* From a connection string to a connection with its settings made and its statements prepared. */
#include "db/pipeline_private.h"

#include <stdlib.h>

#include "base/log.h"

#include "db/row.h"

const struct pipeline_statement pipeline_block_begin = {"block_begin", "BEGIN"};
const struct pipeline_statement pipeline_block_commit = {"block_commit", "COMMIT"};

/* Notices of PostgreSQL are for its own log, but for the one that takes a commit back. */
static void
pipeline_on_notice(void *arg, const PGresult *notice)
{
	if (failure_is_unreplicated(notice))
		pipeline_break(arg, PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY));
}

void
pipeline_connect_start(struct pipeline *pipeline)
{
	pipeline_enter_state(pipeline, PIPELINE_STATE_CONNECTING);
	pipeline->connection = PQconnectStartParams(
	    db_hosts_keywords(pipeline->hosts), db_hosts_values(pipeline->hosts), 1);
	if (PQstatus(pipeline->connection) == CONNECTION_BAD) {
		pipeline_break(pipeline, NULL);
		return;
	}
	PQsetNoticeReceiver(pipeline->connection, pipeline_on_notice, pipeline);
	/* PQconnectStart() asks to be treated as if PQconnectPoll() had said WRITING. */
	pipeline_watch(pipeline, pipeline_on_readable, EV_READ, pipeline_on_writable);
	event_add(pipeline->writable, NULL);
	pipeline_arm_timer(pipeline, db_hosts_connect_seconds(pipeline->hosts) * 1000);
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
	pipeline->is_distributed = row_number(outcome->results[0], 0, 0) != 0;
	log_info("database-connected", "connection=%s host=%s port=%ld", pipeline->profile->name,
	    PQhost(pipeline->connection), strtol(PQport(pipeline->connection), NULL, 10));
	pipeline->retry_ms = PIPELINE_RETRY_FIRST_MS;
	pipeline->tried = 0;
	pipeline->told.text[0] = '\0';
	pipeline_enter_state(pipeline, PIPELINE_STATE_READY);
	pipeline->events.up(pipeline->arg);
}

static bool
pipeline_send_text(struct pipeline *pipeline, const char *sql)
{
	return PQsendQueryParams(pipeline->connection, sql, 0, NULL, NULL, NULL, NULL, 1);
}

static bool
pipeline_send_prepare(struct pipeline *pipeline, const struct pipeline_statement *statement)
{
	return PQsendPrepare(pipeline->connection, statement->name, statement->sql, 0, NULL);
}

static bool
pipeline_send_preparations(struct pipeline *pipeline)
{
	const struct pipeline_profile *profile = pipeline->profile;
	bool sent = pipeline_send_text(pipeline, "SELECT " PIPELINE_IS_DISTRIBUTED_SQL) &&
	    pipeline_send_text(pipeline, profile->settings) &&
	    pipeline_send_prepare(pipeline, &pipeline_block_begin) &&
	    pipeline_send_prepare(pipeline, &pipeline_block_commit);

	for (const char *const *listen = profile->listens; sent && *listen != NULL; listen++)
		sent = pipeline_send_text(pipeline, *listen);
	for (const struct pipeline_statement *const *list = profile->statements; *list != NULL;
	     list++)
		for (const struct pipeline_statement *statement = *list;
		     sent && statement->name != NULL; statement++)
			sent = pipeline_send_prepare(pipeline, statement);
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
	/* Each address of a host has its own socket. */
	pipeline_watch(pipeline, pipeline_on_readable, EV_READ, pipeline_on_writable);
	event_add(wanted == PGRES_POLLING_READING ? pipeline->readable : pipeline->writable, NULL);
}
