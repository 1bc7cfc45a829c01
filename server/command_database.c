#include "server/command_database.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "db/account.h"
#include "db/migrate.h"

#include "server/os_user.h"
#include "server/private_postgres.h"
#include "server/process.h"

enum { COMMAND_POLL_MICROSECONDS = 100000 };

static bool
command_database_answers(struct db_connection *connection, struct error *error)
{
	return db_query(connection, "SELECT 1", 0, NULL, NULL, error) == DB_STATUS_OK;
}

/* Another process holds the private database. If it is `serve`, its server answers. */
static bool
command_database_use_served(
    const char *data_dir, struct command_database *database, struct error *error)
{
	char *conninfo = private_postgres_conninfo_served(data_dir, error);

	if (conninfo == NULL)
		return false;
	database->connection = db_connection_create(conninfo);
	g_free(conninfo);
	if (command_database_answers(database->connection, error))
		return true;
	db_connection_destroy(database->connection);
	database->connection = NULL;
	return false;
}

static bool
command_database_start(struct command_database *database, struct error *error)
{
	database->pid = private_postgres_spawn(database->postgres, error);
	if (database->pid < 0 || !private_postgres_wait(database->postgres, database->pid, error))
		return false;
	database->connection = db_connection_create(private_postgres_conninfo(database->postgres));
	return true;
}

bool
command_database_become_owner(const char *data_dir, struct error *error)
{
	struct os_user owner;
	struct stat status;

	if (geteuid() != 0 || stat(data_dir, &status) != 0 || status.st_uid == 0)
		return true;
	return os_user_by_id(status.st_uid, &owner, error) && os_user_become(&owner, error);
}

static bool
command_database_open_private(
    const char *data_dir, struct command_database *database, struct error *error)
{
	int64_t until = clock_now() + COMMAND_DATABASE_SECONDS * CLOCK_SECOND;

	if (!command_database_become_owner(data_dir, error))
		return false;
	for (;;) {
		switch (private_postgres_open(
		    data_dir, PRIVATE_POSTGRES_COMMAND, &database->postgres, error)) {
		case PRIVATE_POSTGRES_MINE:
			return command_database_start(database, error);
		case PRIVATE_POSTGRES_FAILED:
			return false;
		case PRIVATE_POSTGRES_BUSY:
			if (command_database_use_served(data_dir, database, error))
				return true;
			if (clock_now() > until)
				return error_prefix(error,
				    "the private database is held by another bracemail, but");
			usleep(COMMAND_POLL_MICROSECONDS);
		}
	}
}

static bool
command_database_check_schema(struct command_database *database, struct error *error)
{
	PGresult *answer = NULL;
	bool there;

	if (db_query(database->connection, "SELECT to_regclass('account') IS NOT NULL", 0, NULL,
		&answer, error) != DB_STATUS_OK)
		return false;
	there = strcmp(PQgetvalue(answer, 0, 0), "t") == 0;
	PQclear(answer);
	return there || error_set(error, "the database has no schema yet: run bracemail migrate");
}

bool
command_database_open(const struct config *config, enum command_schema schema,
    struct command_database *database, struct error *error)
{
	bool done = true;

	memset(database, 0, sizeof(*database));
	if (config->database != NULL)
		database->connection = db_connection_create(config->database);
	else
		done = command_database_open_private(config->data_dir, database, error);
	if (done && schema == COMMAND_SCHEMA_NEEDED)
		done = database->postgres != NULL ? db_migrate(database->connection, NULL, error)
						  : command_database_check_schema(database, error);
	if (!done)
		command_database_close(database);
	else if (g_file_test(config->ledger, G_FILE_TEST_IS_DIR))
		process_open_ledger(config);
	return done;
}

void
command_database_close(struct command_database *database)
{
	db_connection_destroy(database->connection);
	if (database->pid > 0)
		private_postgres_stop(database->pid);
	private_postgres_close(database->postgres);
	memset(database, 0, sizeof(*database));
}

bool
command_database_find_account(
    struct db_connection *connection, const char *name, int64_t *account_id, struct error *error)
{
	struct account account;
	bool found = false;

	if (account_find(connection, name, &account, &found, error) != DB_STATUS_OK)
		return false;
	*account_id = account.account_id;
	return found ||
	    error_set(error, "there is no account \"%s\"; bracemail account list shows all", name);
}
