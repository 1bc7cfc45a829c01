#include "server/processes.h"

#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/connection.h"
#include "db/migrate.h"
#include "db/restored_check.h"
#include "db/retention.h"

#include "server/commit_watch.h"
#include "server/dev.h"

enum { WAIT_FIRST_MS = 50, WAIT_MAX_MS = 2000, WAIT_LOG_SECONDS = 10 };

static bool
maintenance_is_reachable(struct db_connection *connection, struct error *error)
{
	return db_query(connection, "SELECT 1", 0, NULL, NULL, error) != DB_STATUS_UNAVAILABLE;
}

static void
maintenance_log_away(const struct error *error)
{
	log_warning("database-away", "reason=\"%s\"", error->text);
}

/* For ever: SIGTERM ends this process. */
static void
maintenance_wait(struct db_connection *connection)
{
	int64_t logged = clock_now() - (WAIT_LOG_SECONDS - 1) * CLOCK_SECOND;
	unsigned wait = WAIT_FIRST_MS;
	struct error error;

	while (!maintenance_is_reachable(connection, &error)) {
		if (clock_now() - logged >= WAIT_LOG_SECONDS * CLOCK_SECOND) {
			maintenance_log_away(&error);
			logged = clock_now();
		}
		usleep(wait * 1000);
		wait = MIN(wait * 2, WAIT_MAX_MS);
	}
}

/* A relay looks at it whenever it has connected; a node that has the API alone, here. */
static bool
maintenance_ledger(
    struct db_connection *connection, const struct config *config, struct error *error)
{
	const struct restored_ledger ledger = config_restored_ledger(config);

	return restored_check(connection, &ledger, error);
}

static bool
maintenance_prepare(
    struct db_connection *connection, const struct config *config, struct error *error)
{
	int applied = 0;

	if (!db_migrate(connection, &applied, error))
		return false;
	if (applied > 0)
		log_info("migrated", "applied=%d", applied);
	if (!maintenance_ledger(connection, config, error))
		return false;
	return config->profile != CONFIG_PROFILE_DEV ||
	    dev_account_ensure(connection, config->data_dir, error);
}

static bool
maintenance_partitions(struct db_connection *connection, struct error *error)
{
	char ahead[DB_NUMBER_SIZE];
	const char *const values[] = {db_number(MAINTENANCE_DAYS_AHEAD, ahead)};

	return db_execute(connection, "SET lock_timeout = '" DB_LOCK_TIMEOUT "'", error) ==
	    DB_STATUS_OK &&
	    db_query(connection, "SELECT partitions_ensure($1)", 1, values, NULL, error) ==
	    DB_STATUS_OK;
}

/* All is done, until the next hour. */
static bool
maintenance_retention(
    struct db_connection *connection, const struct config *config, struct error *error)
{
	const struct retention retention = {
	    .days = config->retention_days, .least_days = config_retention_days_min(config)};
	struct retention_outcome outcome;
	bool done = retention_run(connection, &retention, &outcome, error);

	if (outcome.tables_dropped > 0)
		log_info("retention", "partitions_dropped=%d days_kept=%u", outcome.tables_dropped,
		    retention.days);
	if (done && outcome.tables_waiting > 0)
		return error_set(
		    error, "%d tables that are kept no longer are in use", outcome.tables_waiting);
	return done;
}

int
process_maintenance(const struct process_start *start)
{
	struct db_connection *connection = db_connection_create(start->conninfo);
	struct error error;

	process_open_ledger(start->config);
	/* First of all: what comes next may wait itself. */
	if (!commit_watch_start(start->conninfo, start->config->commit_seconds, &error))
		return process_report_failed(start, &error);
	for (;;) {
		maintenance_wait(connection);
		(void)db_connection_was_troubled(connection);
		if (maintenance_prepare(connection, start->config, &error))
			break;
		if (!db_connection_was_troubled(connection)) {
			db_connection_destroy(connection);
			return process_report_failed(start, &error);
		}
		maintenance_log_away(&error);
		usleep(WAIT_MAX_MS * 1000);
	}
	process_report_ready(start);
	for (;;) {
		bool done = maintenance_partitions(connection, &error) &&
		    maintenance_retention(connection, start->config, &error) &&
		    maintenance_ledger(connection, start->config, &error);

		if (done)
			log_debug("maintained", "next_seconds=%d", MAINTENANCE_SECONDS);
		else
			log_warning("maintenance-failed", "reason=\"%s\"", error.text);
		sleep(done ? MAINTENANCE_SECONDS : MAINTENANCE_RETRY_SECONDS);
	}
}
