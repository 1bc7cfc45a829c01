/*
 * What comes back: mail to a return path (message/return_path.h) is taken from anyone, read, and stored as a report
 * before it is answered. It is the only recipient of its transaction, and relayed nowhere; of a bounce a report of our own
 * goes to the sender, where it was asked for.
 */
#include "services/relay/message/bounce_report.h"

#include "base/log.h"
#include "db/bounce_origin.h"
#include "db/bounce_record.h"
#include "db/return_path_setup.h"
#include "services/relay/deliver/bounce.h"
#include "services/relay/deliver/report.h"

#include "services/relay/receive/relay_backend_private.h"

struct relay_bounce {
	struct relay_visit *visit; /* NULL: the client is gone */
	struct relay_backend *backend;
	struct delivery_token path;
	char client[INET6_ADDRSTRLEN];
	char session[RECEIVE_SESSION_ID_SIZE];
	struct bounce_report report;
};

bool
relay_bounce_takes(struct relay_visit *visit, const char *address)
{
	struct db_worker *worker = visit->backend->settings.worker;
	static const uint8_t no_key[DELIVERY_TOKEN_KEY_SIZE];
	const uint8_t *key = return_path_key(worker);
	struct delivery_token path;
	const uint8_t *read_key = key != NULL ? key : no_key;
	const char *domain = visit->backend->settings.deliver->bounce_domain;
	bool is_unsubscribe = false;
	enum return_path_outcome outcome = return_path_read(address, read_key, domain, &path);

	if (outcome == RETURN_PATH_FOREIGN) {
		outcome = unsubscribe_address_read(address, read_key, domain, &path);
		is_unsubscribe = outcome != RETURN_PATH_FOREIGN;
	}
	if (outcome == RETURN_PATH_FOREIGN && !visit->is_bounce)
		return false;
	if (outcome == RETURN_PATH_FOREIGN || visit->is_bounce || visit->has_recipients) {
		visit->answer(visit->answer_arg, 452,
		    "4.5.3 an address of ours is mailed alone: send the rest in another transaction");
	} else if (key == NULL) {
		visit->answer(visit->answer_arg, 451, "4.3.0 the database is away: try again");
	} else if (outcome == RETURN_PATH_FORGED) {
		log_info(
		    "return-path-forged", "session=%s client=%s", visit->session, visit->address);
		visit->answer(visit->answer_arg, 550, "5.1.1 there is no such address");
	} else {
		visit->is_bounce = true;
		visit->is_unsubscribe = is_unsubscribe;
		visit->return_path = path;
		visit->answer(visit->answer_arg, 250, "2.1.5 Ok");
	}
	return true;
}

static void
bounce_answer(struct relay_bounce *bounce, int code, const char *text)
{
	struct relay_visit *visit = bounce->visit;

	bounce_report_clear(&bounce->report);
	g_free(bounce);
	if (visit == NULL)
		return;
	visit->bounce = NULL;
	visit->answer(visit->answer_arg, code, text);
}

static void
on_recorded(void *arg, enum db_outcome outcome, bool known)
{
	struct relay_bounce *bounce = arg;

	if (outcome == DB_UNAVAILABLE) {
		bounce_answer(bounce, 451, "4.3.0 the database is away: try again");
		return;
	}
	if (outcome == DB_REFUSED) {
		bounce_answer(bounce, 554, "5.3.0 this report cannot be stored");
		return;
	}
	log_info("bounce-received", "session=%s account=%lld delivery=%lld kind=%s known=%s",
	    bounce->session, (long long)bounce->path.account_id,
	    (long long)bounce->path.delivery_id, bounce_kind_name(bounce->report.kind),
	    known ? "yes" : "no");
	bounce_answer(bounce, 250, "2.0.0 Ok");
}

/* What the reply answered is not known: at the content it says the least about the address. */
static bool
bounce_is_about_address(const struct bounce_report *report)
{
	return report->kind == BOUNCE_PERMANENT &&
	    bounce_is_definitive(BOUNCE_AT_CONTENT, (unsigned)report->smtp_code, report->status);
}

/* told: what the sender is told of it; or NULL. */
static void
bounce_store(struct relay_bounce *bounce, const struct message *told)
{
	const struct bounce_report *report = &bounce->report;
	const struct bounce_record record = {.account_id = bounce->path.account_id,
	    .delivery_id = bounce->path.delivery_id,
	    .kind = bounce_kind_name(report->kind),
	    .smtp_code = report->smtp_code,
	    .status = report->status,
	    .recipient = report->recipient,
	    .text = report->text,
	    .client = bounce->client,
	    .is_definitive = bounce_is_about_address(report),
	    .report = told};

	if (!bounce_record_put(bounce->backend->settings.worker, &record, on_recorded, bounce))
		on_recorded(bounce, DB_UNAVAILABLE, false);
}

static void
on_origin(void *arg, enum db_outcome outcome, struct delivery *delivery)
{
	struct relay_bounce *bounce = arg;
	struct message *told = NULL;

	if (outcome != DB_OK) {
		on_recorded(bounce, outcome, false);
		return;
	}
	if (delivery != NULL)
		told = report_create_late(
		    bounce->backend->settings.deliver, delivery, &bounce->report);
	bounce_store(bounce, told);
	message_unref(told);
	delivery_free(delivery);
}

/* What its sender asked to be told decides whether it is stored with a report. */
static void
bounce_find_origin(struct relay_bounce *bounce)
{
	const struct relay_backend_settings *settings = &bounce->backend->settings;

	if (!bounce_origin_find(settings->worker, bounce->path.account_id, bounce->path.delivery_id,
		settings->deliver->report_bytes, on_origin, bounce))
		on_recorded(bounce, DB_UNAVAILABLE, false);
}

void
relay_bounce_begin(struct relay_visit *visit, const struct message *message)
{
	struct relay_bounce *bounce = g_new0(struct relay_bounce, 1);

	visit->bounce = bounce;
	bounce->visit = visit;
	bounce->backend = visit->backend;
	bounce->path = visit->return_path;
	g_strlcpy(bounce->client, visit->address, sizeof(bounce->client));
	g_strlcpy(bounce->session, visit->session, sizeof(bounce->session));
	bounce_report_read(message->head, message->body, &bounce->report);
	switch (bounce->report.kind) {
	case BOUNCE_NONE:
	case BOUNCE_DELAYED:
		log_info("return-path-mailed", "session=%s account=%lld delivery=%lld kind=%s",
		    bounce->session, (long long)bounce->path.account_id,
		    (long long)bounce->path.delivery_id, bounce_kind_name(bounce->report.kind));
		bounce_answer(bounce, 250, "2.0.0 Ok");
		break;
	case BOUNCE_TRANSIENT:
	case BOUNCE_PERMANENT:
		bounce_find_origin(bounce);
		break;
	case BOUNCE_COMPLAINT:
		bounce_store(bounce, NULL);
		break;
	}
}

void
relay_bounce_cancel(struct relay_bounce *bounce)
{
	bounce->visit->bounce = NULL;
	bounce->visit = NULL;
}
