/*
 * The PostgreSQL that Bracemail runs itself when the configuration names no database.
 *
 *   private_postgres_open() -> private_postgres_spawn() (again when it died) -> private_postgres_stop() -> _close()
 *
 * It listens on a Unix socket alone, in a folder that only its user (and root) can enter, and lets in by the name
 * of the operating system's user (peer): that user, root, and whoever runs Bracemail. All durable settings are
 * PostgreSQL's defaults: on.
 *
 * One process at a time holds the cluster (a lock on DATA_DIR/postgres.lock): `serve`, or a command that
 * needs it while nothing serves. A command's cluster has another port number, so that nobody else finds it.
 */
#ifndef SERVER_PRIVATE_POSTGRES_H
#define SERVER_PRIVATE_POSTGRES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct private_postgres;

enum private_postgres_use { PRIVATE_POSTGRES_SERVE = 5432, PRIVATE_POSTGRES_COMMAND = 5433 };

enum private_postgres_lock {
	PRIVATE_POSTGRES_MINE,
	PRIVATE_POSTGRES_BUSY,
	PRIVATE_POSTGRES_FAILED
};

/*
 * Locks the cluster of data_dir (absolute), makes it if there is none (seconds), and waits for the end of a server
 * that a killed owner left behind. BUSY: another process holds the lock. *postgres is set for MINE alone.
 */
enum private_postgres_lock private_postgres_open(const char *data_dir,
    enum private_postgres_use use, struct private_postgres **postgres, struct error *error);

/* libpq connection string; the struct's. */
const char *private_postgres_conninfo(const struct private_postgres *postgres);

/* The connection string of the cluster that another process serves from data_dir, for g_free(). NULL: none. */
char *private_postgres_conninfo_served(const char *data_dir, struct error *error);

/* Starts the server as a child of this process, which reaps it. It shuts down (fast) when this process dies.
 * Returns its process id or -1. It answers some time later. */
pid_t private_postgres_spawn(struct private_postgres *postgres, struct error *error);

/* Waits until the server `pid` answers. Fails when it ends instead. */
bool private_postgres_wait(struct private_postgres *postgres, pid_t pid, struct error *error);

/* Fast shutdown of the server `pid`; returns when it is gone. */
void private_postgres_stop(pid_t pid);

/* Gives the lock back. The server must be gone. Takes NULL. */
void private_postgres_close(struct private_postgres *postgres);

#endif
