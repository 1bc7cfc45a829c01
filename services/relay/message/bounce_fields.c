#include "services/relay/message/bounce_fields.h"

#include <string.h>

#include "services/relay/message/bounce_reply.h"
#include "services/relay/message/bounce_text.h"
#include "services/relay/message/header_scan.h"

/* The fields of one recipient, RFC 3464 2.3, as one-line texts; NULL: not there. */
struct status_group {
	char *action, *status, *diagnostic, *final_recipient, *original_recipient;
};

static void
status_group_clear(struct status_group *group)
{
	g_free(group->action);
	g_free(group->status);
	g_free(group->diagnostic);
	g_free(group->final_recipient);
	g_free(group->original_recipient);
	*group = (struct status_group){0};
}

static char *
field_text(const struct header_field *field)
{
	g_autofree char *value = g_strndup(field->value, field->value_length);
	char *line = bounce_reply_line(value);

	return g_strstrip(line);
}

static void
status_group_add(struct status_group *group, const struct header_field *field)
{
	const struct {
		const char *name;
		char **place;
	} known[] = {
	    {"Action", &group->action},
	    {"Status", &group->status},
	    {"Diagnostic-Code", &group->diagnostic},
	    {"Final-Recipient", &group->final_recipient},
	    {"Original-Recipient", &group->original_recipient},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (*known[i].place == NULL && header_field_is(field, known[i].name))
			*known[i].place = field_text(field);
}

/* "rfc822; ann@example.net": what stands after the type. */
static const char *
typed_value(const char *text)
{
	const char *semicolon = text != NULL ? strchr(text, ';') : NULL;

	if (semicolon == NULL)
		return text;
	return semicolon + 1 + strspn(semicolon + 1, " ");
}

/* "5.0.0" says nothing that the class does not: what the server said is closer. */
static bool
is_general(const char *status)
{
	return status[0] == '\0' || g_str_equal(status + 1, ".0.0");
}

static void
status_group_read_codes(const struct status_group *group, struct bounce_report *report)
{
	const char *diagnostic = typed_value(group->diagnostic);
	char said[BOUNCE_STATUS_SIZE];

	if (group->status != NULL)
		bounce_reply_status(group->status, report->status);
	if (diagnostic == NULL)
		return;
	report->smtp_code = bounce_reply_code(diagnostic);
	if (is_general(report->status) && bounce_reply_status(diagnostic, said))
		g_strlcpy(report->status, said, sizeof(report->status));
}

static enum bounce_kind
status_group_kind(const struct status_group *group, const struct bounce_report *report)
{
	if (group->action == NULL)
		return bounce_reply_kind(report->smtp_code, report->status, BOUNCE_NONE);
	if (g_ascii_strncasecmp(group->action, "failed", strlen("failed")) == 0)
		return bounce_reply_kind(report->smtp_code, report->status, BOUNCE_PERMANENT);
	if (g_ascii_strncasecmp(group->action, "delayed", strlen("delayed")) == 0)
		return BOUNCE_DELAYED;
	return BOUNCE_NONE; /* delivered, relayed, expanded */
}

static void
status_group_read(const struct status_group *group, struct bounce_report *report)
{
	const char *recipient =
	    group->final_recipient != NULL ? group->final_recipient : group->original_recipient;
	const char *text = typed_value(group->diagnostic);

	*report = (struct bounce_report){.kind = BOUNCE_NONE};
	status_group_read_codes(group, report);
	report->kind = status_group_kind(group, report);
	if (report->kind == BOUNCE_PERMANENT && is_general(report->status) && text != NULL)
		bounce_text_read_reason(text, report);
	if (recipient != NULL)
		report->recipient = bounce_reply_address(typed_value(recipient));
	report->text = g_strdup(text != NULL ? text : "");
}

/* A group has ended: it counts if it is worse than what was read before. */
static void
status_group_end(struct status_group *group, struct bounce_report *report)
{
	struct bounce_report read;

	if (group->action != NULL || group->status != NULL) {
		status_group_read(group, &read);
		if (report->text == NULL || read.kind > report->kind) {
			bounce_report_clear(report);
			*report = read;
		} else {
			bounce_report_clear(&read);
		}
	}
	status_group_clear(group);
}

void
bounce_fields_read_status(const char *content, size_t length, struct bounce_report *report)
{
	struct header_scan scan = header_scan_start(content, length);
	struct status_group group = {0};
	struct header_field field;

	while (header_scan_next(&scan, &field)) {
		/* The empty line between groups is no field; the first group is about the message. */
		if (field.name_length == 0 || header_field_is(&field, "Final-Recipient")) {
			if (group.final_recipient != NULL || field.name_length == 0)
				status_group_end(&group, report);
		}
		status_group_add(&group, &field);
	}
	status_group_end(&group, report);
	if (report->text == NULL)
		report->text = g_strdup("");
}

/* RFC 5965 7.3, RFC 6650: what a recipient did not want. "not-spam" and failures of authentication are no complaints. */
static bool
is_complaint(const char *type)
{
	static const char *const complaints[] = {
	    "abuse", "fraud", "opt-out", "other", "virus", "miscategorized"};

	for (size_t i = 0; i < G_N_ELEMENTS(complaints); i++)
		if (g_ascii_strcasecmp(type, complaints[i]) == 0)
			return true;
	return false;
}

void
bounce_fields_read_feedback(const char *content, size_t length, struct bounce_report *report)
{
	struct header_scan scan = header_scan_start(content, length);
	struct header_field field;

	while (header_scan_next(&scan, &field)) {
		g_autofree char *text = field_text(&field);

		if (report->text == NULL && header_field_is(&field, "Feedback-Type")) {
			report->kind = is_complaint(text) ? BOUNCE_COMPLAINT : BOUNCE_NONE;
			report->text = g_steal_pointer(&text);
		} else if (report->recipient == NULL &&
		    header_field_is(&field, "Original-Rcpt-To")) {
			report->recipient = bounce_reply_address(text);
		}
	}
	if (report->text == NULL)
		report->text = g_strdup("");
}
