/* What db/connection.c and db/read_all.c share of a connection. */
#ifndef DB_CONNECTION_PRIVATE_H
#define DB_CONNECTION_PRIVATE_H

#include <glib.h>

#include "db/connection.h"
#include "db/hosts.h"

struct db_connection {
	struct db_hosts *hosts;
	PGconn *pg;             /* NULL: not connected */
	GHashTable *statements; /* SQL text (borrowed, by content) -> its prepared name */
	struct conversation_decoder *decoder; /* NULL: not used yet */
	bool in_transaction;
	bool transaction_lost; /* the connection broke within it */
	bool troubled;         /* db_connection_was_troubled() */
	bool unreplicated;     /* failure_is_unreplicated() of what was committed last */
};

/* Connects, unless it is connected; a connection that the server closed while it was idle is made again. */
enum db_status db_connection_open(struct db_connection *connection, struct error *error);

/* The prepared statement's name, which is the connection's. */
enum db_status db_statement_prepare(
    struct db_connection *connection, const char *sql, const char **name, struct error *error);

/* Gives the connection up; the next use makes it again. */
void db_connection_close(struct db_connection *connection);

#endif
