/* Under which MAIL FROM a delivery leaves. */
#ifndef SERVICES_RELAY_DELIVER_SENDER_H
#define SERVICES_RELAY_DELIVER_SENDER_H

#include <stdbool.h>

#include "db/queue.h"

enum sender_kind {
	SENDER_KEPT,       /* the message's own, or none */
	SENDER_RETURN_PATH /* one that was made here, for this delivery alone */
};

/* Whether it leaves under its own sender, or none. */
bool sender_is_kept(const struct delivery *delivery, const struct db_worker *worker);

/*
 * A return path of its own, unless there is to be no answer (RFC 5321 4.5.5), or the account wants the answers itself.
 * worker: knows which accounts do. domain: of return paths. The caller's to g_free().
 */
char *sender_create(const struct delivery *delivery, const struct db_worker *worker,
    const char *domain, enum sender_kind *kind);

#endif
