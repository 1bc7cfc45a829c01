/* What a relay's workers do for the dead among them (worker_identity.c), done by a command. */
#include "db/worker_private.h"

enum db_status
db_workers_reap(struct db_connection *connection, struct error *error)
{
	char lock[DB_NUMBER_SIZE];
	const char *values[] = {"0", "0", db_number(ADVISORY_CLASS_WORKER, lock), "true"};
	enum db_status status = db_query(connection, WORKER_REAP_SQL, 4, values, NULL, error);

	if (status == DB_STATUS_OK)
		status = db_query(connection, WORKER_RELEASE_SQL, 0, NULL, NULL, error);
	return status;
}
