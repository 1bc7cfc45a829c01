#include "db/migrate.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/log.h"

enum { SERVER_VERSION_MIN = 150000 };
/* Between the tries of a migration that does not get its locks, and between the lines of log that say so. */
enum { PAUSE_FIRST_MS = 250, PAUSE_MAX_MS = 4000, WAIT_LOG_SECONDS = 10 };

static const char migrations_folder[] = "db/migrations/";

/* "db/migrations/0001_initial.sql" is 1; 0 for a file that is no migration. */
static int
migration_number(const struct embedded_file *file)
{
	if (!g_str_has_prefix(file->name, migrations_folder))
		return 0;
	return atoi(file->name + strlen(migrations_folder));
}

static int
migration_newest(void)
{
	int newest = 0;

	for (const struct embedded_file *file = embedded_files; file->name != NULL; file++)
		newest = MAX(newest, migration_number(file));
	return newest;
}

static bool
number_query(
    struct db_connection *connection, const char *sql, int64_t *number, struct error *error)
{
	PGresult *result;

	if (db_query(connection, sql, 0, NULL, &result, error) != DB_STATUS_OK)
		return false;
	*number = PQntuples(result) > 0 ? db_get_number(result, 0, 0) : 0;
	PQclear(result);
	return true;
}

static bool
server_is_fit(struct db_connection *connection, struct error *error)
{
	int64_t version, utf8;

	if (!number_query(
		connection, "SELECT current_setting('server_version_num')::int", &version, error) ||
	    !number_query(connection, "SELECT (current_setting('server_encoding') = 'UTF8')::int",
		&utf8, error))
		return false;
	if (version < SERVER_VERSION_MIN)
		return error_set(
		    error, "the database server is older than PostgreSQL 15: upgrade it");
	if (!utf8)
		return error_set(error,
		    "the database's encoding is not UTF8: make it with CREATE DATABASE ... "
		    "ENCODING 'UTF8' TEMPLATE template0");
	return true;
}

/*
 * Everybody else's statements queue behind a lock that is waited for, so it is not waited for long. The advisory lock went with the
 * connection if that was made again meanwhile: then another node may be at it, or have done it.
 */
static enum db_status
migration_try(struct db_connection *connection, const struct embedded_file *file, int number,
    struct error *error)
{
	char number_text[DB_NUMBER_SIZE];
	const char *values[] = {db_number(number, number_text)};
	enum db_status status = db_begin(connection, error);
	bool is_missing = false;

	if (status != DB_STATUS_OK)
		return status;
	status = db_execute(connection, "SET LOCAL lock_timeout = '" DB_LOCK_TIMEOUT "'", error);
	if (status == DB_STATUS_OK)
		status = db_execute(connection, "SELECT pg_advisory_xact_lock(1112, 0)", error);
	if (status == DB_STATUS_OK)
		status = db_query_any(connection,
		    "INSERT INTO schema_migration (number) VALUES ($1) ON CONFLICT DO NOTHING RETURNING number",
		    1, values, &is_missing, error);
	if (status == DB_STATUS_OK && is_missing)
		status = db_execute(connection, file->data, error);
	return db_end(connection, status, error);
}

static bool
migration_apply(struct db_connection *connection, const struct embedded_file *file, int number,
    struct error *error)
{
	gulong pause = PAUSE_FIRST_MS, waited = WAIT_LOG_SECONDS * 1000;
	enum db_status status;

	while ((status = migration_try(connection, file, number, error)) == DB_STATUS_RETRY) {
		if (waited >= WAIT_LOG_SECONDS * 1000) {
			log_info(
			    "migration-waits", "file=%s reason=\"%s\"", file->name, error->text);
			waited = 0;
		}
		g_usleep(pause * 1000);
		waited += pause;
		pause = MIN(pause * 2, PAUSE_MAX_MS);
	}
	if (status != DB_STATUS_OK)
		return error_prefix(error, "%s", file->name);
	log_info("schema-migrated", "file=%s", file->name);
	return true;
}

static bool
migration_is_applied(
    struct db_connection *connection, int number, bool *is_applied, struct error *error)
{
	char number_text[DB_NUMBER_SIZE];
	const char *values[] = {db_number(number, number_text)};

	return db_query_any(connection, "SELECT FROM schema_migration WHERE number = $1", 1, values,
		   is_applied, error) == DB_STATUS_OK;
}

/* The files that are missing, in order. One by one, not from the last number on: a number may land after a higher one. */
static bool
migrations_missing(struct db_connection *connection, GPtrArray *missing, struct error *error)
{
	for (const struct embedded_file *file = embedded_files; file->name != NULL; file++) {
		int number = migration_number(file);
		bool is_applied = true;

		if (number != 0 && !migration_is_applied(connection, number, &is_applied, error))
			return false;
		if (!is_applied)
			g_ptr_array_add(missing, (void *)file);
	}
	return true;
}

static bool
migrations_apply(struct db_connection *connection, const GPtrArray *missing,
    const struct db_migrate_progress *progress, int *applied, struct error *error)
{
	for (guint i = 0; i < missing->len; i++) {
		const struct embedded_file *file = missing->pdata[i];
		g_autofree char *name = g_path_get_basename(file->name);
		int64_t began = g_get_monotonic_time();

		name[strcspn(name, ".")] = '\0';
		if (progress != NULL)
			progress->each(progress->arg, name, (int)i + 1, (int)missing->len, -1);
		if (!migration_apply(connection, file, migration_number(file), error))
			return false;
		++*applied;
		if (progress != NULL)
			progress->each(progress->arg, name, (int)i + 1, (int)missing->len,
			    (double)(g_get_monotonic_time() - began) / CLOCK_SECOND);
	}
	return true;
}

static bool
migrate_locked(struct db_connection *connection, const struct db_migrate_progress *progress,
    int *applied, struct error *error)
{
	g_autoptr(GPtrArray) missing = g_ptr_array_new();
	int64_t present;
	int newest = migration_newest();

	if (db_execute(connection,
		"CREATE TABLE IF NOT EXISTS schema_migration (number integer PRIMARY KEY, "
		"applied_at timestamptz NOT NULL DEFAULT now())",
		error) != DB_STATUS_OK ||
	    !number_query(connection, "SELECT coalesce(max(number), 0) FROM schema_migration",
		&present, error))
		return false;
	if (present > newest)
		return error_set(error,
		    "the database has schema %d, this Bracemail knows %d: run a newer Bracemail",
		    (int)present, newest);
	return migrations_missing(connection, missing, error) &&
	    migrations_apply(connection, missing, progress, applied, error);
}

bool
db_migrate(struct db_connection *connection, int *applied, struct error *error)
{
	return db_migrate_telling(connection, NULL, applied, error);
}

bool
db_migrate_telling(struct db_connection *connection, const struct db_migrate_progress *progress,
    int *applied, struct error *error)
{
	struct error unlock_error;
	int count = 0;
	bool migrated;

	if (!server_is_fit(connection, error))
		return false;
	if (db_execute(connection, "SELECT pg_advisory_lock(1112, 0)", error) != DB_STATUS_OK)
		return false;
	migrated = migrate_locked(connection, progress, &count, error);
	/* A lock that cannot be released went with its connection. */
	(void)db_execute(connection, "SELECT pg_advisory_unlock(1112, 0)", &unlock_error);
	if (applied != NULL)
		*applied = count;
	return migrated;
}
