/* The database for one command: the named one, or the private one, running or started for as long as the command takes. */
#ifndef SERVER_COMMAND_DATABASE_H
#define SERVER_COMMAND_DATABASE_H

#include <sys/types.h>

#include "db/connection.h"
#include "server/config.h"

struct private_postgres;

enum {
	COMMAND_DATABASE_SECONDS = 60
}; /* how long another one may hold the private database without answering */

struct command_database {
	struct db_connection *connection;
	struct private_postgres *postgres; /* started by this command; or NULL */
	pid_t pid;                         /* its server */
};

/* Whether a database without a schema gets one. */
enum command_schema { COMMAND_SCHEMA_NEEDED, COMMAND_SCHEMA_MIGRATES };

/* Connects. COMMAND_SCHEMA_NEEDED: fails when a named database has no schema (a private one gets it). For
 * a private one root becomes the owner of data_dir, for good. On success the caller closes it. */
bool command_database_open(const struct config *config, enum command_schema schema,
    struct command_database *database, struct error *error);
void command_database_close(struct command_database *database);

/* Root becomes the owner of data_dir, for good: what his commands make in it must be the owner's, or the service cannot start again. */
bool command_database_become_owner(const char *data_dir, struct error *error);

/* The account of that name, any case; fails where there is none. */
bool command_database_find_account(
    struct db_connection *connection, const char *name, int64_t *account_id, struct error *error);

#endif
