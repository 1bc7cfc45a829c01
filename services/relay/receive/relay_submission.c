/*
 * A message from its last dot to its reply: the fix-ups, the account that answers for it, its group, the commit.
 * It outlives a client that hangs up while the commit is under way: what is stored is delivered.
 */
#include "services/relay/message/submission.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/refusal.h"

#include "services/relay/message/from_check.h"

#include "services/relay/receive/relay_backend_private.h"

enum { ANSWER_TEXT_MAX = 480 }; /* RFC 5321 4.5.3.1.5: a reply line has at most 512 bytes */

struct relay_submission {
	struct relay_backend *backend;
	struct relay_visit *visit; /* NULL: the client is gone */
	struct message *message;
	struct submission_directives directives;
	bool is_storing;
	char session[RECEIVE_SESSION_ID_SIZE]; /* that it came by */
};

static void
submission_free(struct relay_submission *submission)
{
	if (submission->visit != NULL)
		submission->visit->submission = NULL;
	submission_directives_clear(&submission->directives);
	message_unref(submission->message);
	g_free(submission);
}

void
relay_submission_cancel(struct relay_submission *submission)
{
	if (submission->is_storing) {
		submission->visit->submission = NULL;
		submission->visit = NULL;
		return;
	}
	account_lookup_cancel(submission->backend->settings.worker, submission);
	submission_free(submission);
}

/* The end of the submission. */
static void
submission_answer(struct relay_submission *submission, int code, const char *text)
{
	struct relay_visit *visit = submission->visit;
	char line[ANSWER_TEXT_MAX];

	g_strlcpy(line, text, sizeof(line));
	submission_free(submission);
	if (visit != NULL)
		visit->answer(visit->answer_arg, code, line);
}

static void
submission_answer_accepted(struct relay_submission *submission)
{
	const struct message *message = submission->message;
	const struct message_recipient *first = message->recipients->pdata[0];
	char text[ANSWER_TEXT_MAX];

	if (submission->backend->settings.logs_messages)
		log_info("message-accepted",
		    "session=%s message=%lld account=%lld client=%s sender=\"%s\" size=%zu recipients=%u "
		    "seconds=%.3f",
		    submission->session, (long long)message->message_id,
		    (long long)message->account_id, message->client, message->mail_from,
		    message_size(message), message->recipients->len,
		    (double)(clock_now() - message->received_at) / CLOCK_SECOND);
	g_snprintf(text, sizeof(text), "2.0.0 Ok: queued as %lld, TransactionalID %lld",
	    (long long)message->message_id, (long long)first->delivery_id);
	submission_answer(submission, 250, text);
}

static void
submission_log_refused(const struct relay_submission *submission, const char *reason)
{
	const struct message *message = submission->message;

	log_info("message-refused",
	    "session=%s account=%lld client=%s sender=\"%s\" size=%zu recipients=%u reason=\"%s\"",
	    submission->session, (long long)message->account_id, message->client,
	    message->mail_from, message_size(message), message->recipients->len, reason);
}

static void
submission_answer_refused(struct relay_submission *submission, int code)
{
	const struct message *message = submission->message;
	char text[ANSWER_TEXT_MAX];

	submission_log_refused(submission, message->refusal);
	g_snprintf(
	    text, sizeof(text), "%s %s", refusal_code(message->disposition), message->refusal);
	submission_answer(submission, code, text);
}

static void
on_stored(void *arg, struct message *message, enum db_outcome outcome, enum message_claim claimed)
{
	struct relay_submission *submission = arg;
	const struct relay_backend_settings *settings = &submission->backend->settings;

	if (outcome == DB_UNAVAILABLE) {
		submission_log_refused(submission, "the database is away");
		submission_answer(submission, 451, "4.3.0 the database is away: try again");
		return;
	}
	if (outcome == DB_REFUSED) {
		submission_log_refused(submission, "the database does not take it");
		submission_answer(submission, 554, "5.3.0 this message cannot be stored");
		return;
	}
	switch (message->disposition) {
	case MESSAGE_DELIVER:
		settings->accepted(settings->arg, message, claimed);
		submission_answer_accepted(submission);
		break;
	case MESSAGE_REJECTED:
		submission_answer_refused(submission, 554);
		break;
	case MESSAGE_OVER_LIMIT:
		submission_answer_refused(submission, 452);
		break;
	case MESSAGE_OVER_WHOLE_LIMIT:
		submission_answer_refused(submission, 550);
		break;
	case MESSAGE_DISCARDED:
		submission_log_refused(submission, message->refusal);
		submission_answer(submission, 250, "2.0.0 Ok");
		break;
	}
}

static void
submission_store(struct relay_submission *submission)
{
	const struct relay_backend_settings *settings = &submission->backend->settings;
	bool is_mine = submission->message->disposition == MESSAGE_DELIVER &&
	    settings->has_room(settings->arg);

	submission->is_storing = true;
	message_store_put(settings->worker, submission->message,
	    is_mine ? MESSAGE_CLAIM_MINE : MESSAGE_CLAIM_NONE, on_stored, submission);
}

static void
message_add_note(struct message *message, char *note)
{
	char *both = message->note != NULL ? g_strdup_printf("%s; %s", message->note, note) : NULL;

	if (both == NULL) {
		message->note = note;
		return;
	}
	g_free(message->note);
	g_free(note);
	message->note = both;
}

/* X-TransGroupID wins over the Subject, even when it names nothing. */
static void
submission_set_group(struct relay_submission *submission, bool exists)
{
	struct message *message = submission->message;

	g_clear_pointer(&message->group_name, g_free);
	if (exists) {
		message->group_id = (int32_t)submission->directives.group_id;
		return;
	}
	message_add_note(message,
	    g_strdup_printf("X-TransGroupID: no group %s: the default group was used",
		submission->directives.group_id_text));
}

static void
on_group(void *arg, enum db_outcome outcome, bool exists)
{
	struct relay_submission *submission = arg;

	if (outcome != DB_OK) {
		submission_log_refused(submission, "the database is away");
		submission_answer(submission, 451, "4.3.0 the database is away: try again");
		return;
	}
	submission_set_group(submission, exists);
	submission_store(submission);
}

static void
submission_find_group(struct relay_submission *submission)
{
	int64_t group_id = submission->directives.group_id;

	if (submission->directives.group_id_text == NULL) {
		submission_store(submission);
	} else if (group_id <= 0 || group_id > INT32_MAX) {
		submission_set_group(submission, false);
		submission_store(submission);
	} else {
		transactional_group_find(submission->backend->settings.worker,
		    submission->message->account_id, group_id, on_group, submission);
	}
}

/* In any case, as the database has it: "straße" is not "strasse", as it would be to g_utf8_casefold(). */
static bool
names_equal(const char *one, const char *other)
{
	g_autofree char *one_lower = g_utf8_strdown(one, -1);
	g_autofree char *other_lower = g_utf8_strdown(other, -1);

	return strcmp(one_lower, other_lower) == 0;
}

/* The account that answers for the message; NULL: the one that X-SMTPUsername names may not be used by this client. */
static const struct relay_account *
submission_account(const struct relay_submission *submission)
{
	const struct relay_visit *visit = submission->visit;
	const char *wanted = submission->directives.smtp_username;

	if (visit->account != NULL)
		return wanted == NULL || names_equal(wanted, visit->account->name) ? visit->account
										   : NULL;
	assert(visit->networks != NULL && visit->networks->len > 0); /* else no RCPT passed */
	if (wanted == NULL)
		return visit->networks->pdata[0];
	for (guint i = 0; i < visit->networks->len; i++) {
		const struct relay_account *account = visit->networks->pdata[i];

		if (names_equal(wanted, account->name))
			return account;
	}
	return NULL;
}

static void
submission_refuse_account(struct relay_submission *submission)
{
	char text[ANSWER_TEXT_MAX];

	submission_log_refused(submission, "X-SMTPUsername");
	if (submission->visit->account != NULL)
		g_strlcpy(text, "5.7.1 X-SMTPUsername names another account than you logged in to",
		    sizeof(text));
	else
		g_snprintf(text, sizeof(text),
		    "5.7.1 X-SMTPUsername names an account that has not registered your network "
		    "(%s)",
		    submission->visit->address);
	submission_answer(submission, 550, text);
}

/* Who is named twice in a transaction, in any case, is mailed once. */
static void
drop_duplicate_recipients(struct message *message)
{
	GHashTable *seen;
	guint i = 0;

	if (message->recipients->len < 2)
		return;
	seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	while (i < message->recipients->len) {
		const struct message_recipient *recipient = message->recipients->pdata[i];

		if (g_hash_table_add(seen, g_utf8_strdown(recipient->address, -1)))
			i++;
		else
			g_ptr_array_remove_index(message->recipients, i);
	}
	g_hash_table_unref(seen);
}

static enum message_disposition
malformed_disposition(enum relay_malformed malformed)
{
	return malformed == RELAY_MALFORMED_DISCARD ? MESSAGE_DISCARDED : MESSAGE_REJECTED;
}

static bool
submission_is_from_someone(struct message *message)
{
	const char *fault = from_check(message->head);

	if (fault == NULL)
		return true;
	message->refusal = g_strdup(fault);
	return false;
}

void
relay_submission_begin(void *arg, struct message *message, const struct submission_trace *trace)
{
	struct relay_visit *visit = arg;
	struct relay_submission *submission = g_new0(struct relay_submission, 1);
	const struct relay_account *account;
	bool is_well_formed;

	visit->submission = submission;
	submission->backend = visit->backend;
	submission->visit = visit;
	g_strlcpy(submission->session, visit->session, sizeof(submission->session));
	submission->message = message_ref(message);
	message->received_at = clock_now();
	drop_duplicate_recipients(message);
	is_well_formed = submission_prepare(message, trace, &submission->directives) &&
	    submission_is_from_someone(message);
	message_trim(message);
	account = submission_account(submission);
	if (account == NULL) {
		submission_refuse_account(submission);
		return;
	}
	message->account_id = account->account_id;
	if (is_well_formed) {
		submission_find_group(submission);
		return;
	}
	message->disposition = malformed_disposition(visit->backend->settings.malformed);
	submission_store(submission);
}
