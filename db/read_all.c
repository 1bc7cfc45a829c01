#include "db/read_all.h"

#include <assert.h>

#include "db/connection_private.h"

/* Prepares what is not prepared yet; what cannot be has no name: the table of a day that is gone, as a rule. */
static void
reads_prepare(struct db_connection *connection, struct db_read *const *reads, const char **names,
    unsigned count)
{
	struct error error;

	for (unsigned i = 0; i < count; i++)
		if (db_statement_prepare(connection, reads[i]->sql, &names[i], &error) !=
		    DB_STATUS_OK)
			names[i] = NULL;
}

/* Whether all are sent, which they are together with the sync. */
static bool
reads_send(struct db_connection *connection, struct db_read *const *reads, const char *const *names,
    unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (names[i] != NULL &&
		    !PQsendQueryPrepared(connection->pg, names[i], reads[i]->count,
			reads[i]->values, NULL, NULL, DB_FORMAT_BINARY))
			return false;
	return PQpipelineSync(connection->pg) == 1;
}

/* One read's answer: its rows, then the NULL that ends it. */
static PGresult *
read_take(struct db_connection *connection)
{
	PGresult *result = PQgetResult(connection->pg);

	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		PQclear(result);
		result = NULL;
	}
	if (PQstatus(connection->pg) == CONNECTION_OK)
		PQclear(PQgetResult(connection->pg));
	return result;
}

static bool
sync_take(struct db_connection *connection)
{
	PGresult *result = PQgetResult(connection->pg);
	bool synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;

	PQclear(result);
	return synced;
}

static bool
reads_run(struct db_connection *connection, struct db_read *const *reads, const char *const *names,
    unsigned count)
{
	bool sent;

	if (PQenterPipelineMode(connection->pg) != 1)
		return false;
	sent = reads_send(connection, reads, names, count);
	for (unsigned i = 0; sent && i < count; i++)
		if (names[i] != NULL)
			reads[i]->result = read_take(connection);
	return sent && sync_take(connection) && PQexitPipelineMode(connection->pg) == 1;
}

void
db_read_all(struct db_connection *connection, struct db_read *const *reads, unsigned count)
{
	const char *names[DB_READ_ALL_MAX];
	struct error error;

	assert(!connection->in_transaction && count <= DB_READ_ALL_MAX);
	for (unsigned i = 0; i < count; i++)
		reads[i]->result = NULL;
	if (db_connection_open(connection, &error) != DB_STATUS_OK)
		return;
	reads_prepare(connection, reads, names, count);
	if (!reads_run(connection, reads, names, count))
		db_connection_close(connection);
}
