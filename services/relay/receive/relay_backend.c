#include "services/relay/receive/relay_backend.h"

#include <assert.h>

#include "base/log.h"

#include "services/relay/receive/relay_backend_private.h"

struct relay_account *
relay_account_create(const struct account_identity *identity)
{
	struct relay_account *account = g_new0(struct relay_account, 1);

	account->account_id = identity->account_id;
	account->name = g_strdup(identity->name);
	return account;
}

void
relay_account_free(struct relay_account *account)
{
	if (account == NULL)
		return;
	g_free(account->name);
	g_free(account);
}

static void
account_free(void *account)
{
	relay_account_free(account);
}

static void *
relay_enter(struct receive_backend *backend, const char *session, const char *address,
    receive_answer *answer, void *arg)
{
	struct relay_visit *visit = g_new0(struct relay_visit, 1);

	visit->backend = (struct relay_backend *)backend;
	visit->session = session;
	visit->answer = answer;
	visit->answer_arg = arg;
	g_strlcpy(visit->address, address, sizeof(visit->address));
	return visit;
}

static void
relay_leave(void *arg)
{
	struct relay_visit *visit = arg;

	if (visit->recipient != NULL)
		account_lookup_cancel(visit->backend->settings.worker, visit);
	if (visit->login != NULL)
		relay_login_cancel(visit->login);
	if (visit->submission != NULL)
		relay_submission_cancel(visit->submission);
	if (visit->bounce != NULL)
		relay_bounce_cancel(visit->bounce);
	if (visit->unsubscribe != NULL)
		relay_unsubscribe_cancel(visit->unsubscribe);
	g_clear_pointer(&visit->networks, g_ptr_array_unref);
	relay_account_free(visit->account);
	g_free(visit);
}

/* Who registered the network is asked anew in each transaction: registrations change under long connections. */
static void
relay_mail(void *arg, const char *mail_from)
{
	struct relay_visit *visit = arg;

	(void)mail_from;
	visit->has_recipients = false;
	visit->is_bounce = visit->is_unsubscribe = false;
	g_clear_pointer(&visit->networks, g_ptr_array_unref);
	visit->answer(visit->answer_arg, 250, "2.1.0 Ok");
}

static void
answer_recipient(struct relay_visit *visit, const char *recipient)
{
	char *refusal;

	if (visit->account != NULL || visit->networks->len > 0) {
		visit->has_recipients = true;
		visit->answer(visit->answer_arg, 250, "2.1.5 Ok");
		return;
	}
	log_info("relay-denied", "session=%s client=%s recipient=\"%s\"", visit->session,
	    visit->address, recipient);
	refusal = g_strdup_printf(
	    "5.7.1 <%s>: we do not relay for you: register this network (%s) or authenticate",
	    recipient, visit->address);
	visit->answer(visit->answer_arg, 550, refusal);
	g_free(refusal);
}

static void
on_networks(
    void *arg, enum db_outcome outcome, const struct account_identity *accounts, unsigned count)
{
	struct relay_visit *visit = arg;
	const char *recipient = visit->recipient;

	visit->recipient = NULL;
	if (outcome != DB_OK) {
		visit->answer(visit->answer_arg, 451, "4.3.0 the database is away: try again");
		return;
	}
	visit->networks = g_ptr_array_new_full(count, account_free);
	for (unsigned i = 0; i < count; i++)
		g_ptr_array_add(visit->networks, relay_account_create(&accounts[i]));
	answer_recipient(visit, recipient);
}

static void
relay_recipient(void *arg, const char *address)
{
	struct relay_visit *visit = arg;

	if (relay_bounce_takes(visit, address))
		return;
	if (visit->account != NULL || visit->networks != NULL) {
		answer_recipient(visit, address);
		return;
	}
	visit->recipient = address;
	account_find_by_address(
	    visit->backend->settings.worker, visit->address, on_networks, visit);
}

static void
relay_message(void *arg, struct message *message, const struct submission_trace *trace)
{
	struct relay_visit *visit = arg;

	if (visit->is_unsubscribe)
		relay_unsubscribe_begin(visit, message);
	else if (visit->is_bounce)
		relay_bounce_begin(visit, message);
	else
		relay_submission_begin(visit, message, trace);
}

static const struct receive_backend_calls relay_calls = {
    .enter = relay_enter,
    .mail = relay_mail,
    .recipient = relay_recipient,
    .login = relay_login_begin,
    .message = relay_message,
    .leave = relay_leave,
};

struct relay_backend *
relay_backend_create(
    struct event_base *base, const struct relay_backend_settings *settings, struct error *error)
{
	struct checker *checker = checker_create(base, error);
	struct relay_backend *backend;

	if (checker == NULL)
		return NULL;
	backend = g_new0(struct relay_backend, 1);
	backend->receive.calls = &relay_calls;
	backend->receive.budget = settings->budget;
	backend->receive.offers_dsn = true;
	backend->settings = *settings;
	backend->base = base;
	backend->checker = checker;
	backend->passwords = password_cache_create(PASSWORD_CACHE_SECONDS, PASSWORD_CACHE_ENTRIES);
	backend->throttle = login_throttle_create();
	return backend;
}

struct receive_backend *
relay_backend_receive(struct relay_backend *backend)
{
	return &backend->receive;
}

void
relay_backend_destroy(struct relay_backend *backend)
{
	if (backend == NULL)
		return;
	checker_destroy(backend->checker);
	password_cache_destroy(backend->passwords);
	login_throttle_destroy(backend->throttle);
	g_free(backend);
}
