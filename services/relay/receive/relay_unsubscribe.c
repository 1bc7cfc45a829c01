/*
 * Who unsubscribes by mail (RFC 2369 3.2): mail to the address in a campaign's List-Unsubscribe is taken from anyone, whatever
 * it says, for the address is proof enough; it is relayed nowhere. Mail with the null sender was not sent by a person.
 */
#include "base/log.h"
#include "db/unsubscribe_record.h"

#include "services/relay/receive/relay_backend_private.h"

struct relay_unsubscribe {
	struct relay_visit *visit; /* NULL: the client is gone */
	struct delivery_token delivery;
	char session[RECEIVE_SESSION_ID_SIZE];
};

static void
unsubscribe_answer(struct relay_unsubscribe *unsubscribe, int code, const char *text)
{
	struct relay_visit *visit = unsubscribe->visit;

	g_free(unsubscribe);
	if (visit == NULL)
		return;
	visit->unsubscribe = NULL;
	visit->answer(visit->answer_arg, code, text);
}

static void
on_recorded(void *arg, enum db_outcome outcome, bool known)
{
	struct relay_unsubscribe *unsubscribe = arg;

	if (outcome != DB_OK) {
		unsubscribe_answer(unsubscribe, 451, "4.3.0 the database is away: try again");
		return;
	}
	log_info("unsubscribed-by-mail", "session=%s account=%lld delivery=%lld known=%s",
	    unsubscribe->session, (long long)unsubscribe->delivery.account_id,
	    (long long)unsubscribe->delivery.delivery_id, known ? "yes" : "no");
	if (known)
		unsubscribe_answer(unsubscribe, 250, "2.0.0 Ok: unsubscribed");
	else
		unsubscribe_answer(
		    unsubscribe, 550, "5.1.6 it is not known any more what this is about");
}

void
relay_unsubscribe_begin(struct relay_visit *visit, const struct message *message)
{
	struct relay_unsubscribe *unsubscribe = g_new0(struct relay_unsubscribe, 1);

	visit->unsubscribe = unsubscribe;
	unsubscribe->visit = visit;
	unsubscribe->delivery = visit->return_path;
	g_strlcpy(unsubscribe->session, visit->session, sizeof(unsubscribe->session));
	if (message->mail_from[0] == '\0') {
		log_info("unsubscribe-address-bounced", "session=%s account=%lld delivery=%lld",
		    unsubscribe->session, (long long)unsubscribe->delivery.account_id,
		    (long long)unsubscribe->delivery.delivery_id);
		unsubscribe_answer(unsubscribe, 250, "2.0.0 Ok: nothing was done");
	} else if (!unsubscribe_record_put(visit->backend->settings.worker, &unsubscribe->delivery,
		       on_recorded, unsubscribe)) {
		on_recorded(unsubscribe, DB_UNAVAILABLE, false);
	}
}

void
relay_unsubscribe_cancel(struct relay_unsubscribe *unsubscribe)
{
	unsubscribe->visit->unsubscribe = NULL;
	unsubscribe->visit = NULL;
}
