/* Transactional groups with what was sent in them, for an operator. Blocking; reads only. */
#ifndef DB_TRANSACTIONAL_GROUP_REPORT_H
#define DB_TRANSACTIONAL_GROUP_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* name lives during the call only. */
struct transactional_group_report {
	int32_t group_id;
	const char *name;
	bool is_default;
	int64_t messages; /* that are kept still */
	int64_t waiting;  /* deliveries in the queue */
	int64_t last_at;  /* when the newest message was taken, microseconds; 0: none is kept */
};

/* Calls each(arg, ...) for the account's groups in order of id; group_id: of that one alone; 0: all. Reads all that is kept of the
 * account's messages: some seconds for tens of millions. */
enum db_status transactional_group_report(struct db_connection *connection, int64_t account_id,
    int32_t group_id, void (*each)(void *arg, const struct transactional_group_report *group),
    void *arg, struct error *error);

#endif
