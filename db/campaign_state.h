/* What has become of a campaign's deliveries, for an operator. Blocking; reads only. */
#ifndef DB_CAMPAIGN_STATE_H
#define DB_CAMPAIGN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"
#include "db/queue_list.h"

/* The ones of the log: of those whose log is kept still. */
struct campaign_state {
	struct queue_count queue;
	int64_t delivered,
	    failed; /* failed: or not sent at all, for what the account's lists say */
};

/* Reads the campaign's part of queue and log: some seconds for a million recipients. Of a campaign that is not the account's all is 0. */
enum db_status campaign_state_read(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, struct campaign_state *state, struct error *error);

#endif
