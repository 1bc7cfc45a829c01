#include "services/relay/message/submission.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "services/relay/message/header_date.h"
#include "services/relay/message/header_scan.h"
#include "services/relay/message/header_text.h"
#include "services/relay/message/subject_group.h"

enum { HELO_SHOWN_MAX = 255 /* RFC 5321 4.5.3.1.2: a domain */ };

struct submission {
	struct message *message;
	struct submission_directives *directives;
	GString *head; /* the one that is being made */
	bool has_subject;
	bool has_date;
	bool has_message_id;
};

/* The name a client gave itself, with nothing in it that could end a line, a comment or a field. */
static char *
helo_shown(const char *helo)
{
	char *shown = g_strndup(helo != NULL ? helo : "", HELO_SHOWN_MAX);

	for (char *at = shown; *at != '\0'; at++)
		if (!g_ascii_isalnum(*at) && strchr("-._:[]", *at) == NULL)
			*at = '?';
	if (*shown == '\0') {
		g_free(shown);
		return g_strdup("unknown");
	}
	return shown;
}

/* RFC 5321 4.4, each clause on a line. */
static void
received_append(GString *head, const struct submission_trace *trace, int64_t when, size_t *id_place)
{
	char *helo = helo_shown(trace->helo);
	char *date = header_date(when);
	const char *tag = strchr(trace->client, ':') != NULL ? "IPv6:" : "";

	g_string_append_printf(head, "Received: from %s ([%s%s])\r\n", helo, tag, trace->client);
	g_string_append_printf(head, "\tby %s with %s id ", trace->hostname, trace->protocol);
	*id_place = head->len;
	for (int i = 0; i < MESSAGE_ID_DIGITS; i++)
		g_string_append_c(head, '0');
	if (trace->tls != NULL)
		g_string_append_printf(head, "\r\n\t(%s)", trace->tls);
	g_string_append_printf(head, ";\r\n\t%s\r\n", date);
	g_free(date);
	g_free(helo);
}

/* Random, since workers are forked and a generator's state would be theirs in common. */
static void
message_id_append(GString *head, const char *hostname)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		g_error("getrandom: %s", g_strerror(errno));
	g_string_append(head, "Message-ID: <");
	for (size_t i = 0; i < sizeof(bytes); i++)
		g_string_append_printf(head, "%02x", bytes[i]);
	g_string_append_printf(head, "@%s>\r\n", hostname);
}

/* The value as text; NULL when it is empty. */
static char *
value_text(const struct header_field *field)
{
	GString *text = header_text_decode(field->value, field->value_length, NULL);

	header_text_clean(text);
	return g_string_free(text, text->len == 0);
}

static int64_t
number_read(const char *text)
{
	gint64 number;

	return text != NULL && g_ascii_string_to_signed(text, 10, 1, INT64_MAX, &number, NULL)
	    ? number
	    : 0;
}

static void
subject_take(struct submission *submission, const struct header_field *field)
{
	struct message *message = submission->message;
	struct subject_group read;

	subject_group_read(field->value, field->value_length, &read);
	if (read.field == NULL) {
		g_string_append_len(submission->head, field->raw, (gssize)field->raw_length);
	} else {
		g_string_append_len(submission->head, field->raw, field->value - field->raw);
		g_string_append(submission->head, read.field);
		g_string_append(submission->head, "\r\n");
	}
	g_free(message->subject);
	g_free(message->group_name);
	g_free(message->note);
	message->subject = g_steal_pointer(&read.subject);
	message->group_name = g_steal_pointer(&read.group);
	message->note = g_steal_pointer(&read.note);
	subject_group_clear(&read);
	submission->has_subject = true;
}

/* The first of several counts, and all of them go. */
static void
directive_take(char **directive, const struct header_field *field)
{
	if (*directive == NULL)
		*directive = value_text(field);
}

/* RFC 8689 5: the only value there is; who said REQUIRETLS meant that. */
static void
tls_required_take(struct message *message, const struct header_field *field)
{
	g_autofree char *value = value_text(field);

	if (message->tls == MESSAGE_TLS_USUAL && value != NULL &&
	    g_ascii_strcasecmp(g_strstrip(value), "No") == 0)
		message->tls = MESSAGE_TLS_OPTIONAL;
}

static void
field_take(struct submission *submission, const struct header_field *field)
{
	/* RFC 5322 3.6.6: who resends has copies of his own. */
	if (header_field_is(field, "Bcc") || header_field_is(field, "Resent-Bcc"))
		return;
	if (header_field_is(field, "X-SMTPUsername")) {
		directive_take(&submission->directives->smtp_username, field);
		return;
	}
	if (header_field_is(field, "X-TransGroupID")) {
		directive_take(&submission->directives->group_id_text, field);
		return;
	}
	if (header_field_is(field, "Subject") && !submission->has_subject) {
		subject_take(submission, field);
		return;
	}
	if (header_field_is(field, "TLS-Required"))
		tls_required_take(submission->message, field);
	submission->has_date |= header_field_is(field, "Date");
	submission->has_message_id |= header_field_is(field, "Message-ID");
	g_string_append_len(submission->head, field->raw, (gssize)field->raw_length);
}

/* RFC 6409 8.1, 8.2. At the end, so that the trace fields stay together at the top (RFC 5322 3.6.7). */
static void
missing_append(struct submission *submission, const char *hostname)
{
	GString *head = submission->head;

	if (head->str[head->len - 1] != '\n')
		g_string_append(head, "\r\n");
	if (!submission->has_date) {
		char *date = header_date(submission->message->received_at);

		g_string_append_printf(head, "Date: %s\r\n", date);
		g_free(date);
	}
	if (!submission->has_message_id)
		message_id_append(head, hostname);
}

/* Whether there is anything but white space. */
static bool
has_text(const GString *body)
{
	for (size_t i = 0; i < body->len; i++)
		if (!g_ascii_isspace(body->str[i]))
			return true;
	return false;
}

static bool
refuse(struct message *message, const char *reason)
{
	g_free(message->refusal);
	message->refusal = g_strdup(reason);
	return false;
}

bool
submission_prepare(struct message *message, const struct submission_trace *trace,
    struct submission_directives *directives)
{
	struct submission submission = {
	    .message = message,
	    .directives = directives,
	    .head = g_string_sized_new(message->head->len + 512),
	};
	struct header_scan scan = header_scan_start(message->head->str, message->head->len);
	struct header_field field;
	bool is_continued =
	    g_str_has_prefix(message->head->str, " ") || g_str_has_prefix(message->head->str, "\t");

	assert(message->received_at > 0);
	*directives = (struct submission_directives){0};
	received_append(submission.head, trace, message->received_at, &message->id_place);
	while (header_scan_next(&scan, &field))
		field_take(&submission, &field);
	missing_append(&submission, trace->hostname);
	directives->group_id = number_read(directives->group_id_text);

	g_string_free(message->head, TRUE);
	message->head = submission.head;
	if (!submission.has_subject) {
		message->subject = g_strdup("");
		return refuse(message, "the message has no Subject header");
	}
	if (is_continued)
		return refuse(message, "the message starts with a continuation line");
	if (!has_text(message->body))
		return refuse(message, "the message has neither text nor any body");
	return true;
}

void
submission_directives_clear(struct submission_directives *directives)
{
	g_free(directives->smtp_username);
	g_free(directives->group_id_text);
	*directives = (struct submission_directives){0};
}
