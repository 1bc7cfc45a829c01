/* Before a node serves: is its database the one that it knew, or one that went back in time? */
#ifndef DB_RESTORED_CHECK_H
#define DB_RESTORED_CHECK_H

#include "db/restored.h"

/*
 * Where the database is behind this node's ledger (db/restored.h): deliveries that were made already are held, ids go on behind
 * those that were given out, and "database-restored" in the log counts what is lost. What `bracemail restored` lists stays. One
 * process of a node does it at a time; what one has done another finds done. Blocking; any thread. False: the database failed,
 * or the ledger cannot be read.
 */
bool restored_check(
    struct db_connection *connection, const struct restored_ledger *ledger, struct error *error);

/* Enters in the ledger that this was done: ledger_attach() was before. */
void restored_note(void);

#endif
