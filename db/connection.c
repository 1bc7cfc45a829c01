#include "db/connection.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "db/account_limit.h"
#include "db/connection_private.h"
#include "db/conversation.h"
#include "db/failure.h"
#include "db/row.h"

/* Statements have a part for each day, and little to do in any: to compile them (JIT) would take ten times as long as to run them. */
static const char session_settings[] =
    "SET TimeZone = 'UTC'; SET synchronous_commit = on; SET client_min_messages = warning;"
    "SET jit = off; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
    "SET idle_session_timeout = 0";

struct db_connection *
db_connection_create(const char *conninfo)
{
	struct db_connection *connection = g_new0(struct db_connection, 1);

	connection->hosts = db_hosts_create(conninfo, "bracemail");
	connection->statements = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	return connection;
}

void
db_connection_set_host(struct db_connection *connection, unsigned turn)
{
	db_hosts_set_turn(connection->hosts, turn);
}

void
db_connection_close(struct db_connection *connection)
{
	PQfinish(connection->pg);
	connection->pg = NULL;
	g_hash_table_remove_all(connection->statements);
}

void
db_connection_destroy(struct db_connection *connection)
{
	if (connection == NULL)
		return;
	db_connection_close(connection);
	conversation_decoder_destroy(connection->decoder);
	g_hash_table_unref(connection->statements);
	db_hosts_destroy(connection->hosts);
	g_free(connection);
}

struct conversation_decoder *
db_connection_decoder(struct db_connection *connection)
{
	if (connection->decoder == NULL)
		connection->decoder = conversation_decoder_create();
	return connection->decoder;
}

#define DATABASE_PREFIX "database: "

/* libpq's messages have several lines; the first says it. */
static bool
error_from_libpq(struct error *error, const char *message)
{
	size_t length = strcspn(message, "\n");

	return error_set(
	    error, DATABASE_PREFIX "%.*s", (int)length, length > 0 ? message : "no answer");
}

/* What the server says unasked ("terminating connection ..."): the failure itself is reported elsewhere. */
static void
on_notice(void *arg, const PGresult *notice)
{
	struct db_connection *connection = arg;
	const char *text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	if (failure_is_unreplicated(notice))
		connection->unreplicated = true;
	log_debug("database-notice", "text=\"%s\"", text != NULL ? text : "");
}

/* It is not to be used any more; the next one is tried elsewhere first. */
static void
connection_leave(struct db_connection *connection)
{
	db_hosts_next(connection->hosts);
	if (connection->in_transaction)
		connection->transaction_lost = true;
	else
		db_connection_close(connection);
}

/* Each host says why it did not take the connection. */
static void
reason_add(struct error *error, const struct error *reason)
{
	struct error before = *error;

	if (before.text[0] == '\0')
		*error = *reason;
	else
		error_set(error, "%s; %s", before.text, reason->text + strlen(DATABASE_PREFIX));
}

/* To the first host that takes it. */
static bool
connection_connect(struct db_connection *connection, struct error *error)
{
	struct error reason;

	error->text[0] = '\0';
	for (unsigned left = db_hosts_count(connection->hosts); left > 0; left--) {
		connection->pg = PQconnectdbParams(
		    db_hosts_keywords(connection->hosts), db_hosts_values(connection->hosts), 1);
		if (PQstatus(connection->pg) == CONNECTION_OK)
			return true;
		error_from_libpq(&reason, PQerrorMessage(connection->pg));
		reason_add(error, &reason);
		connection_leave(connection);
	}
	return false;
}

static enum db_status
connection_open(struct db_connection *connection, struct error *error)
{
	PGresult *result;
	bool set;

	if (connection->pg != NULL && PQstatus(connection->pg) == CONNECTION_OK)
		return DB_STATUS_OK;
	if (connection->in_transaction) {
		connection->transaction_lost = true;
		error_set(error, "database: the connection was lost within a transaction");
		return DB_STATUS_UNAVAILABLE;
	}
	if (connection->pg != NULL)
		connection_leave(connection);
	if (!connection_connect(connection, error))
		return DB_STATUS_UNAVAILABLE;
	PQsetNoticeReceiver(connection->pg, on_notice, connection);
	connection->unreplicated = false;
	result = PQexec(connection->pg, session_settings);
	set = PQresultStatus(result) == PGRES_COMMAND_OK;
	PQclear(result);
	if (!set) {
		error_from_libpq(error, PQerrorMessage(connection->pg));
		db_connection_close(connection);
		return DB_STATUS_UNAVAILABLE;
	}
	return DB_STATUS_OK;
}

/*
 * The server may have closed the connection while it was idle (a restart, a failover): then its last words
 * wait to be read. Found out before anything is sent, the connection is simply made again.
 */
static void
connection_drop_if_stale(struct db_connection *connection)
{
	struct pollfd readable = {.events = POLLIN};

	if (connection->pg == NULL || connection->in_transaction)
		return;
	readable.fd = PQsocket(connection->pg);
	while (poll(&readable, 1, 0) > 0)
		if (PQconsumeInput(connection->pg) == 0) {
			connection_leave(connection);
			return;
		}
}

enum db_status
db_connection_open(struct db_connection *connection, struct error *error)
{
	connection_drop_if_stale(connection);
	return connection_open(connection, error);
}

/* read_only_sql_transaction: a standby, or a primary on its way to be one. */
static const char read_only[] = "25006";

/* PostgreSQL's appendix A: class 08 and 57P0x are a server that is not there; 53 one that has no room; 57014 one that was told to stop. */
static enum db_status
status_of_sqlstate(const char *state)
{
	static const struct {
		const char *prefix;
		enum db_status status;
	} table[] = {
	    {"23505", DB_STATUS_UNIQUE},
	    {"23503", DB_STATUS_FOREIGN_KEY},
	    {"40001", DB_STATUS_RETRY},
	    {"40P01", DB_STATUS_RETRY},
	    {"55P03", DB_STATUS_RETRY},
	    {"08", DB_STATUS_UNAVAILABLE},
	    {"53", DB_STATUS_UNAVAILABLE},
	    {"57", DB_STATUS_UNAVAILABLE},
	    {ACCOUNT_LIMIT_SQLSTATE, DB_STATUS_LIMITED},
	    {read_only, DB_STATUS_UNAVAILABLE},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (g_str_has_prefix(state, table[i].prefix))
			return table[i].status;
	return DB_STATUS_FAILED;
}

/* Whether it may be better later is remembered: db_connection_was_troubled(). */
static enum db_status
status_note(struct db_connection *connection, enum db_status status)
{
	connection->troubled = connection->troubled || status == DB_STATUS_UNAVAILABLE;
	return status;
}

bool
db_connection_was_troubled(struct db_connection *connection)
{
	bool troubled = connection->troubled;

	connection->troubled = false;
	return troubled;
}

/* Takes the result; on success hands it out through `out` or clears it. */
static enum db_status
result_check(
    struct db_connection *connection, PGresult *result, PGresult **out, struct error *error)
{
	ExecStatusType ended = PQresultStatus(result);
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	enum db_status status;

	if (connection->unreplicated) {
		PQclear(result);
		connection_leave(connection);
		error_set(error, "database: the synchronous standby did not confirm the commit");
		return DB_STATUS_UNAVAILABLE;
	}
	if (ended == PGRES_TUPLES_OK || ended == PGRES_COMMAND_OK || ended == PGRES_EMPTY_QUERY) {
		if (out != NULL)
			*out = result;
		else
			PQclear(result);
		return DB_STATUS_OK;
	}
	error_from_libpq(error, primary != NULL ? primary : PQerrorMessage(connection->pg));
	status = state != NULL ? status_of_sqlstate(state) : DB_STATUS_UNAVAILABLE;
	if (state != NULL && strcmp(state, read_only) == 0)
		connection_leave(connection);
	PQclear(result);
	return status;
}

enum db_status
db_statement_prepare(
    struct db_connection *connection, const char *sql, const char **name, struct error *error)
{
	char *fresh;
	enum db_status status;

	*name = g_hash_table_lookup(connection->statements, sql);
	if (*name != NULL)
		return DB_STATUS_OK;
	fresh = g_strdup_printf("s%u", g_hash_table_size(connection->statements));
	status =
	    result_check(connection, PQprepare(connection->pg, fresh, sql, 0, NULL), NULL, error);
	if (status != DB_STATUS_OK) {
		g_free(fresh);
		return status;
	}
	g_hash_table_insert(connection->statements, (gpointer)sql, fresh);
	*name = fresh;
	return DB_STATUS_OK;
}

static enum db_status
query_once(struct db_connection *connection, const char *sql, int count, const char *const *values,
    PGresult **result, struct error *error)
{
	const char *name;
	enum db_status status = db_connection_open(connection, error);

	if (status == DB_STATUS_OK)
		status = db_statement_prepare(connection, sql, &name, error);
	if (status != DB_STATUS_OK)
		return status;
	return result_check(connection,
	    PQexecPrepared(connection->pg, name, count, values, NULL, NULL, 0), result, error);
}

enum db_status
db_query(struct db_connection *connection, const char *sql, int count, const char *const *values,
    PGresult **result, struct error *error)
{
	enum db_status status;

	if (result != NULL)
		*result = NULL;
	status = query_once(connection, sql, count, values, result, error);
	if (status == DB_STATUS_UNAVAILABLE && connection->in_transaction)
		connection->transaction_lost = true;
	return status_note(connection, status);
}

enum db_status
db_execute(struct db_connection *connection, const char *sql, struct error *error)
{
	enum db_status status;

	status = db_connection_open(connection, error);
	if (status == DB_STATUS_OK)
		status = result_check(connection, PQexec(connection->pg, sql), NULL, error);
	return status_note(connection, status);
}

enum db_status
db_begin(struct db_connection *connection, struct error *error)
{
	enum db_status status;

	assert(!connection->in_transaction);
	status = db_execute(connection, "BEGIN", error);
	connection->in_transaction = status == DB_STATUS_OK;
	connection->transaction_lost = false;
	return status;
}

enum db_status
db_commit(struct db_connection *connection, struct error *error)
{
	PGresult *result = NULL;
	enum db_status status;

	assert(connection->in_transaction);
	status = connection_open(connection, error);
	connection->in_transaction = false;
	if (status == DB_STATUS_OK)
		status = result_check(connection, PQexec(connection->pg, "COMMIT"), &result, error);
	/* COMMIT of a failed transaction succeeds as ROLLBACK: that is not what the caller asked for. */
	if (status == DB_STATUS_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
		error_set(error, "database: the transaction was rolled back");
		status = DB_STATUS_FAILED;
	}
	PQclear(result);
	return status_note(connection, status);
}

void
db_rollback(struct db_connection *connection)
{
	connection->in_transaction = false;
	if (connection->transaction_lost || connection->pg == NULL ||
	    PQstatus(connection->pg) != CONNECTION_OK) {
		connection->transaction_lost = false;
		db_connection_close(connection);
		return;
	}
	PQclear(PQexec(connection->pg, "ROLLBACK"));
}

enum db_status
db_end(struct db_connection *connection, enum db_status status, struct error *error)
{
	if (status == DB_STATUS_OK)
		return db_commit(connection, error);
	db_rollback(connection);
	return status;
}

const char *
db_number(int64_t number, char *out)
{
	snprintf(out, DB_NUMBER_SIZE, "%" PRId64, number);
	return out;
}

int64_t
db_get_number(const PGresult *result, int row, int column)
{
	if (PQfformat(result, column) == DB_FORMAT_BINARY)
		return row_number(result, row, column);
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

enum db_status
db_query_number(struct db_connection *connection, const char *sql, int count,
    const char *const *values, int64_t *number, bool *found, struct error *error)
{
	PGresult *result;
	enum db_status status = db_query(connection, sql, count, values, &result, error);

	*found = false;
	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) > 0) {
		*found = true;
		*number = db_get_number(result, 0, 0);
	}
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
db_query_id(struct db_connection *connection, const char *sql, int count, const char *const *values,
    int32_t *id, bool *found, struct error *error)
{
	int64_t number = 0;
	enum db_status status =
	    db_query_number(connection, sql, count, values, &number, found, error);

	if (*found)
		*id = (int32_t)number;
	return status;
}

enum db_status
db_query_any(struct db_connection *connection, const char *sql, int count,
    const char *const *values, bool *any, struct error *error)
{
	PGresult *result;
	enum db_status status = db_query(connection, sql, count, values, &result, error);

	*any = status == DB_STATUS_OK && PQntuples(result) > 0;
	PQclear(result);
	return status;
}
