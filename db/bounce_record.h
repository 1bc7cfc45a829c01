/*
 * Reports of bounces and complaints, as the relay's workers store them: who is reported is the recipient of
 * the delivery, whomever the report names.
 *
 * A bounce goes into the account's reports, a definitive one puts the address on its bounce list, a complaint on its
 * unsubscribe list (migration 0003). The first bounce of a delivery sends its report to the sender. Of each kind the first 100 of a delivery
 * are stored: whoever knows a return path may mail it for ever.
 */
#ifndef DB_BOUNCE_RECORD_H
#define DB_BOUNCE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "db/message.h"
#include "db/worker.h"

/* Texts are UTF-8. */
struct bounce_record {
	int64_t account_id;
	int64_t delivery_id;
	const char *kind;             /* "permanent", "transient" or "complaint" */
	int smtp_code;                /* 0: not said */
	const char *status;           /* "5.1.1"; "": not said */
	const char *recipient;        /* whom the report names; NULL: nobody */
	const char *text;             /* the server's words */
	const char *client;           /* textual IP of who brought it */
	bool is_definitive;           /* of a bounce: it is about the address itself */
	const struct message *report; /* of a bounce: what its sender is told, once; or NULL */
};

/* known: whether there is a trace of the delivery yet, and room for one more; if not, nothing was stored. */
typedef void bounce_recorded(void *arg, enum db_outcome outcome, bool known);

/* record is done with on return. Answers once, when it is committed; false: there is no database just now, and no answer. */
bool bounce_record_put(
    struct db_worker *worker, const struct bounce_record *record, bounce_recorded *done, void *arg);

#endif
