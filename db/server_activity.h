/* What connections to the database are at, for an operator's screen. Blocking; reads only. */
#ifndef DB_SERVER_ACTIVITY_H
#define DB_SERVER_ACTIVITY_H

#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* Of all nodes' connections to this database, but for the one that asks. */
struct server_activity {
	int64_t connections;
	int64_t active;         /* a statement runs */
	int64_t waiting;        /* of these: for a lock */
	int64_t in_transaction; /* idle within one */
	int64_t oldest;         /* transaction's age, microseconds; 0: there is none */
	int64_t connections_max;
};

enum db_status server_activity_read(
    struct db_connection *connection, struct server_activity *activity, struct error *error);

#endif
