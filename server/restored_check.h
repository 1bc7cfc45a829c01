/* Before a node serves: is its database the one that it knew, or one that went back in time? */
#ifndef SERVER_RESTORED_CHECK_H
#define SERVER_RESTORED_CHECK_H

#include "db/connection.h"
#include "server/config.h"

/*
 * Where the database is behind this node's ledger (db/restored.h): deliveries that were made already are held, ids go on behind
 * those that were given out, and "database-restored" in the log counts what is lost. What `bracemail restored` lists stays. False:
 * the database failed.
 */
bool restored_check(
    struct db_connection *connection, const struct config *config, struct error *error);

/* What was accepted before is not asked for; microseconds. */
int64_t restored_since(const struct config *config);

/* Enters in the ledger that this was done. */
void restored_note(const struct config *config);

#endif
