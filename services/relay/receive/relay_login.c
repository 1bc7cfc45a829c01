/*
 * A login: wait if the address guessed, or the account was guessed at, too often, look the account up, compare with what was verified lately, else
 * check on the thread. An account that is not there costs the same time and gets the same words.
 */
#include <string.h>

#include <event2/event.h>
#include <openssl/crypto.h>

#include "base/log.h"

#include "services/relay/receive/relay_backend_private.h"

struct relay_login {
	struct relay_visit *visit;
	char *name;
	char *password;
	char *stored_hash;             /* NULL: there is no such account */
	struct relay_account *account; /* the same */
	struct event *delay;           /* or NULL */
	struct checker_job *job;       /* or NULL */
};

static void
login_free(struct relay_login *login)
{
	login->visit->login = NULL;
	if (login->delay != NULL)
		event_free(login->delay);
	OPENSSL_cleanse(login->password, strlen(login->password));
	relay_account_free(login->account);
	g_free(login->stored_hash);
	g_free(login->password);
	g_free(login->name);
	g_free(login);
}

void
relay_login_cancel(struct relay_login *login)
{
	account_lookup_cancel(login->visit->backend->settings.worker, login);
	if (login->job != NULL)
		checker_cancel(login->job);
	login_free(login);
}

static void
login_answer(struct relay_login *login, int code, const char *text)
{
	struct relay_visit *visit = login->visit;

	login_free(login);
	visit->answer(visit->answer_arg, code, text);
}

static void
login_succeed(struct relay_login *login)
{
	struct relay_visit *visit = login->visit;

	relay_account_free(visit->account);
	visit->account = g_steal_pointer(&login->account);
	log_debug("login-accepted", "session=%s client=%s account=%lld", visit->session,
	    visit->address, (long long)visit->account->account_id);
	login_answer(login, 235, "2.7.0 authenticated");
}

static void
login_fail(struct relay_login *login)
{
	struct relay_visit *visit = login->visit;

	login_throttle_failed(visit->backend->throttle, visit->address);
	login_throttle_account_failed(visit->backend->throttle, login->name);
	log_info("login-refused", "session=%s client=%s", visit->session, visit->address);
	login_answer(login, 535, "5.7.8 user name or password wrong");
}

static void
on_checked(void *arg, bool matches)
{
	struct relay_login *login = arg;

	login->job = NULL;
	if (!matches || login->account == NULL) {
		login_fail(login);
		return;
	}
	password_cache_remember(login->visit->backend->passwords, login->account->account_id,
	    login->stored_hash, login->password);
	login_succeed(login);
}

static void
login_ask_checker(struct relay_login *login)
{
	login->job = checker_ask(
	    login->visit->backend->checker, login->stored_hash, login->password, on_checked, login);
	if (login->job == NULL)
		login_answer(login, 454, "4.7.0 too many logins at once: try again");
}

/* then: what comes when the delay, milliseconds, is over; at once if it is none. */
static void
login_after(struct relay_login *login, int delay, event_callback_fn then)
{
	const struct timeval wait = {.tv_sec = delay / 1000, .tv_usec = delay % 1000 * 1000};

	g_clear_pointer(&login->delay, event_free);
	if (delay == 0) {
		then(-1, EV_TIMEOUT, login);
		return;
	}
	login->delay = evtimer_new(login->visit->backend->base, then, login);
	event_add(login->delay, &wait);
}

static void
on_account_delay_over(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	login_ask_checker(arg);
}

static void
on_account(void *arg, enum db_outcome outcome, const struct account_identity *account)
{
	struct relay_login *login = arg;
	struct relay_backend *backend = login->visit->backend;

	if (outcome != DB_OK) {
		login_answer(login, 454, "4.7.0 the database is away: try again");
		return;
	}
	if (account != NULL) {
		login->account = relay_account_create(account);
		login->stored_hash = g_strdup(account->password_hash);
		if (password_cache_knows(backend->passwords, account->account_id,
			login->stored_hash, login->password)) {
			login_succeed(login);
			return;
		}
	}
	/* An owner whose password was verified lately does not pay for guesses at the account. */
	login_after(login, login_throttle_account_delay(backend->throttle, login->name),
	    on_account_delay_over);
}

static void
login_look_up(struct relay_login *login)
{
	account_find_by_name(
	    login->visit->backend->settings.worker, login->name, on_account, login);
}

static void
on_delay_over(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	login_look_up(arg);
}

void
relay_login_begin(void *arg, const char *name, const char *password)
{
	struct relay_visit *visit = arg;
	struct relay_login *login = g_new0(struct relay_login, 1);

	visit->login = login;
	login->visit = visit;
	login->name = g_strdup(name);
	login->password = g_strdup(password);
	login_after(
	    login, login_throttle_delay(visit->backend->throttle, visit->address), on_delay_over);
}
