#include "services/relay/message/dsn.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/clock.h"

#include "services/relay/message/dsn_returned.h"
#include "services/relay/message/dsn_status.h"
#include "services/relay/message/gmime_ready.h"
#include "services/relay/message/header_date.h"
#include "services/relay/message/mime_text.h"

/* Where a message came from, in table message: from no client. */
#define REPORT_CLIENT "report"

static const struct {
	const char *subject;
	const char *opening;
	const char *end;
} dsn_words[] = {
    [DSN_FAILED] = {"Undelivered mail: failure notice",
	"Your message could not be delivered to one of its recipients:",
	"It will not be tried again."},
    [DSN_DELAYED] = {"Delayed mail: still being tried",
	"Your message could not be delivered to one of its recipients yet:",
	"There is nothing you need to do. It will be tried until\n"},
    [DSN_RELAYED] = {"Relayed mail: no further notice",
	"Your message was passed on for one of its recipients:",
	"The server that took it does not report deliveries: whether it reached the\n"
	"recipient will not be told."},
};

static void
append_words(GString *text, const char *who, const char *words)
{
	g_autofree char *shown =
	    g_utf8_make_valid(words, (gssize)MIN(strlen(words), DSN_DIAGNOSTIC_MAX));

	g_string_append_printf(text, "%s said:\n\n    %s\n\n", who, shown);
}

/* For people. */
static char *
dsn_text(const struct dsn *dsn)
{
	g_autofree char *received = header_date(dsn->message->received_at);
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "This is the mail relay at %s.\n\n%s\n\n    <%s>\n\n",
	    dsn->hostname, dsn_words[dsn->action].opening, dsn->recipient);
	if (dsn->reply != NULL)
		append_words(text, dsn->remote != NULL ? dsn->remote : "The server", dsn->reply);
	else if (dsn->reason != NULL)
		append_words(text, "The relay", dsn->reason);
	g_string_append(text, dsn_words[dsn->action].end);
	if (dsn->action == DSN_DELAYED) {
		g_autofree char *until = header_date(dsn->retry_until);

		g_string_append_printf(text, "%s.", until);
	}
	g_string_append_printf(text, "\n\nThe message was received on %s.\n", received);
	return g_string_free(text, FALSE);
}

static GMimeObject *
dsn_report(const struct dsn *dsn)
{
	GMimeMultipart *report = g_mime_multipart_new_with_subtype("report");
	g_autofree char *text = dsn_text(dsn);
	/* RFC 8689 5: of what asked for REQUIRETLS nothing but the header comes back. */
	bool is_full = dsn->action == DSN_FAILED && dsn->message->dsn_return == DSN_RETURN_FULL &&
	    dsn->message->tls != MESSAGE_TLS_REQUIRED;
	GMimeObject *parts[] = {mime_text_part("plain", text), dsn_status_part(dsn),
	    dsn->message->head->len > 0
		? dsn_returned_part(dsn->message, is_full, dsn->returned_max)
		: NULL};
	char boundary[MIME_BOUNDARY_SIZE];

	g_mime_multipart_set_boundary(report, mime_boundary_create(boundary));
	g_mime_object_set_content_type_parameter(
	    GMIME_OBJECT(report), "report-type", "delivery-status");
	for (size_t i = 0; i < G_N_ELEMENTS(parts) && parts[i] != NULL; i++) {
		g_mime_multipart_add(report, parts[i]);
		g_object_unref(parts[i]);
	}
	return GMIME_OBJECT(report);
}

/* RFC 3834 5: automatic, and nobody to answer to. */
static void
dsn_set_fields(GMimeMessage *message, const struct dsn *dsn)
{
	static const char *const tags[] = {
	    [DSN_TO_SENDER] = "", [DSN_TO_MANAGER] = ".manager", [DSN_TO_AUTHOR] = ".author"};
	GMimeObject *object = GMIME_OBJECT(message);
	GDateTime *date = g_date_time_new_from_unix_utc(dsn->when / CLOCK_SECOND);
	g_autofree char *from = g_strdup_printf("MAILER-DAEMON@%s", dsn->hostname);
	g_autofree char *id = g_strdup_printf("%" PRId64 ".%s%s@%s", dsn->delivery_id,
	    dsn_action_name(dsn->action), tags[dsn->addressee], dsn->hostname);
	GString *to = g_string_new(NULL);

	g_string_append_printf(to, " <%s>", dsn->to);
	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, "Mail Delivery System", from);
	mime_field_set_raw(message, "To", to);
	g_mime_message_set_subject(message, dsn_words[dsn->action].subject, "us-ascii");
	g_mime_message_set_date(message, date);
	g_mime_message_set_message_id(message, id);
	g_mime_object_set_header(object, "Auto-Submitted", "auto-replied", NULL);
	g_mime_object_set_header(object, "MIME-Version", "1.0", NULL);
	g_string_free(to, TRUE);
	g_date_time_unref(date);
}

static void
dsn_write(const struct dsn *dsn, GString *head, GString *body)
{
	GMimeMessage *message = g_mime_message_new(TRUE);
	GMimeObject *report = dsn_report(dsn);

	dsn_set_fields(message, dsn);
	g_mime_message_set_mime_part(message, report);
	mime_object_write(GMIME_OBJECT(message), head, body);
	g_object_unref(report);
	g_object_unref(message);
}

struct message *
dsn_create(const struct dsn *dsn)
{
	struct message *report = message_create();

	assert(dsn->to[0] != '\0');
	gmime_ready();
	report->account_id = dsn->message->account_id;
	report->received_at = dsn->when;
	report->client = g_strdup(REPORT_CLIENT);
	report->mail_from = g_strdup("");
	report->subject = g_strdup(dsn_words[dsn->action].subject);
	report->smtputf8 = !g_str_is_ascii(dsn->to);
	if (dsn->message->tls == MESSAGE_TLS_REQUIRED)
		report->tls = MESSAGE_TLS_REQUIRED;
	message_add_recipient(report, dsn->to);
	dsn_write(dsn, report->head, report->body);
	return report;
}

bool
dsn_is_report(const struct message *message)
{
	return g_strcmp0(message->client, REPORT_CLIENT) == 0;
}
