/* What campaign_create() queues, in its transaction. */
#ifndef DB_CAMPAIGN_QUEUE_H
#define DB_CAMPAIGN_QUEUE_H

#include "db/campaign.h"

/* A row of the queue for each recipient of the stored campaign; recipients: how many. */
enum db_status campaign_queue(struct db_connection *connection,
    const struct composition *composition, const struct campaign_recipients *to,
    int64_t *recipients, struct error *error);

#endif
