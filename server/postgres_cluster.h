/* Making and describing a private cluster: initdb, access rules, settings. See server/private_postgres.h. */
#ifndef SERVER_POSTGRES_CLUSTER_H
#define SERVER_POSTGRES_CLUSTER_H

#include <glib.h>

#include "server/postgres_place.h"

#define POSTGRES_CLUSTER_ROLE "bracemail"
#define POSTGRES_CLUSTER_DATABASE "bracemail"

enum { POSTGRES_CLUSTER_VERSION_MIN = 15 };

/* The folder of initdb and postgres, the newest that is installed, for g_free(). NULL: none of at least 15. */
char *postgres_cluster_programs(struct error *error);

/* Runs initdb and makes the database, if there is no cluster yet. All or nothing: a cluster half made is made anew. */
bool postgres_cluster_ensure(
    const struct postgres_place *place, const char *programs, struct error *error);

/* Writes who may connect: see server/private_postgres.h. */
bool postgres_cluster_write_access(const struct postgres_place *place, struct error *error);

/* The command line of the server, for g_ptr_array_unref(); ends with NULL. */
GPtrArray *postgres_cluster_command(
    const struct postgres_place *place, const char *programs, int port);

#endif
