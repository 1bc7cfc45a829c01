/*
 * Where a private PostgreSQL lives, and as whom.
 *
 *   DATA_DIR/postgres/        0700, of the user that runs it; a symbolic link when that user cannot reach DATA_DIR
 *     data/                   the cluster
 *     socket/                 0700; in /tmp instead when the path is too long for a Unix socket
 *     pg_hba.conf pg_ident.conf postgres.log
 *
 * An ordinary user runs PostgreSQL as himself. Root runs it as the owner of the folder, or as user `postgres` when
 * there is none yet.
 */
#ifndef SERVER_POSTGRES_PLACE_H
#define SERVER_POSTGRES_PLACE_H

#include <stdbool.h>

#include "base/error.h"
#include "server/os_user.h"

struct postgres_place {
	struct os_user user;
	char *root; /* resolved */
	char *data;
	char *socket;
	char *log;
	char *hba;
	char *ident;
};

/* Finds the place of data_dir (absolute), and makes its folders where they are missing. On success the caller
 * clears it. */
bool postgres_place_find(const char *data_dir, struct postgres_place *place, struct error *error);
void postgres_place_clear(struct postgres_place *place);

#endif
