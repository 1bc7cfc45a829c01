#include "services/relay/message/bounce_report.h"

#include <stdbool.h>
#include <string.h>

#include <gmime/gmime.h>

#include "services/relay/message/address_groups.h"
#include "services/relay/message/bounce_fields.h"
#include "services/relay/message/bounce_reply.h"
#include "services/relay/message/bounce_text.h"
#include "services/relay/message/gmime_ready.h"
#include "services/relay/message/html_text.h"

/* What the parts of a message are read into; each the first of its kind. */
struct bounce_parts {
	GByteArray *status, *feedback, *plain, *html;
	unsigned seen;
};

static const struct {
	const char *type, *subtype;
	size_t place; /* in struct bounce_parts */
} part_types[] = {
    {"message", "delivery-status", offsetof(struct bounce_parts, status)},
    {"message", "global-delivery-status", offsetof(struct bounce_parts, status)}, /* RFC 6533 */
    {"message", "feedback-report", offsetof(struct bounce_parts, feedback)},
    {"text", "plain", offsetof(struct bounce_parts, plain)},
    {"text", "html", offsetof(struct bounce_parts, html)},
};

/* Subjects of those who are away, or answer by themselves. Small letters. */
static const char *const away_subjects[] = {"out of office", "out of the office", "automatic reply",
    "automatic response", "autoreply", "auto-reply", "auto reply", "auto response", "vacation",
    "abwesenheit", "automatische antwort", "absence du bureau", "risposta automatica"};

static const char *const away_fields[] = {
    "X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Mail-Autoreply"};

const char *
bounce_kind_name(enum bounce_kind kind)
{
	static const char *const names[] = {
	    [BOUNCE_NONE] = "none",
	    [BOUNCE_DELAYED] = "delayed",
	    [BOUNCE_TRANSIENT] = "transient",
	    [BOUNCE_PERMANENT] = "permanent",
	    [BOUNCE_COMPLAINT] = "complaint",
	};

	return names[kind];
}

/* The content without its transfer encoding, ended by a NUL that is not counted in; NULL: there is none. */
static GByteArray *
part_content(GMimePart *part)
{
	GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
	GByteArray *content;
	GMimeStream *stream;

	if (wrapper == NULL)
		return NULL;
	content = g_byte_array_new();
	stream = g_mime_stream_mem_new_with_byte_array(content);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	g_mime_data_wrapper_write_to_stream(wrapper, stream);
	g_object_unref(stream);
	g_byte_array_append(content, (const guint8 *)"", 1);
	g_byte_array_set_size(content, content->len - 1);
	return content;
}

static void
parts_add(struct bounce_parts *parts, GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);

	if (!GMIME_IS_PART(object))
		return; /* the message that came back */
	for (size_t i = 0; i < G_N_ELEMENTS(part_types); i++) {
		GByteArray **place = (GByteArray **)(void *)((char *)parts + part_types[i].place);

		if (*place == NULL &&
		    g_mime_content_type_is_type(type, part_types[i].type, part_types[i].subtype)) {
			*place = part_content(GMIME_PART(object));
			return;
		}
	}
}

static void
parts_read(struct bounce_parts *parts, GMimeObject *object, unsigned depth)
{
	int count;

	if (++parts->seen > BOUNCE_PARTS_MAX)
		return;
	if (!GMIME_IS_MULTIPART(object)) {
		parts_add(parts, object);
		return;
	}
	count = depth < BOUNCE_DEPTH_MAX ? g_mime_multipart_get_count(GMIME_MULTIPART(object)) : 0;
	for (int i = 0; i < count && parts->seen <= BOUNCE_PARTS_MAX; i++)
		parts_read(parts, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1);
}

static void
parts_clear(struct bounce_parts *parts)
{
	for (size_t i = 0; i < G_N_ELEMENTS(part_types); i++) {
		GByteArray **place = (GByteArray **)(void *)((char *)parts + part_types[i].place);

		if (*place != NULL)
			g_byte_array_unref(*place);
		*place = NULL;
	}
}

static bool
is_away_notice(GMimeMessage *message)
{
	const char *subject = g_mime_message_get_subject(message);
	g_autofree char *small = subject != NULL ? g_ascii_strdown(subject, -1) : NULL;

	for (size_t i = 0; small != NULL && i < G_N_ELEMENTS(away_subjects); i++)
		if (strstr(small, away_subjects[i]) != NULL)
			return true;
	for (size_t i = 0; i < G_N_ELEMENTS(away_fields); i++)
		if (g_mime_object_get_header(GMIME_OBJECT(message), away_fields[i]) != NULL)
			return true;
	return false;
}

/* For people alone: the recipient is in a field, where it is Exim's. */
static void
read_text(GMimeMessage *message, const struct bounce_parts *parts, struct bounce_report *report)
{
	const char *failed = g_mime_object_get_header(GMIME_OBJECT(message), "X-Failed-Recipients");
	g_autofree char *text = NULL;

	if (is_away_notice(message))
		return;
	if (parts->plain != NULL)
		text = g_strdup((const char *)parts->plain->data);
	else if (parts->html != NULL) {
		g_autofree char *html = g_utf8_make_valid((const char *)parts->html->data, -1);

		text = html_text_create(html);
	}
	if (text == NULL)
		return;
	if (failed != NULL)
		report->recipient = bounce_reply_address(failed);
	bounce_text_read(text, report);
}

static void
read_message(GMimeMessage *message, struct bounce_report *report)
{
	GMimeObject *content = g_mime_message_get_mime_part(message);
	struct bounce_parts parts = {0};

	if (content == NULL)
		return;
	parts_read(&parts, content, 0);
	if (parts.feedback != NULL)
		bounce_fields_read_feedback(
		    (const char *)parts.feedback->data, parts.feedback->len, report);
	else if (parts.status != NULL)
		bounce_fields_read_status(
		    (const char *)parts.status->data, parts.status->len, report);
	else
		read_text(message, &parts, report);
	parts_clear(&parts);
}

void
bounce_report_read(const GString *head, const GString *body, struct bounce_report *report)
{
	GString *text = g_string_new_len(head->str, (gssize)MIN(head->len, BOUNCE_HEAD_MAX));
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;

	gmime_ready();
	*report = (struct bounce_report){.kind = BOUNCE_NONE};
	g_string_append_len(text, body->str, (gssize)MIN(body->len, BOUNCE_BODY_MAX));
	address_groups_cut_all(text);
	stream = g_mime_stream_mem_new_with_buffer(text->str, text->len);
	g_string_free(text, TRUE);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message != NULL) {
		read_message(message, report);
		g_object_unref(message);
	}
	if (report->text == NULL)
		report->text = g_strdup("");
	g_object_unref(parser);
	g_object_unref(stream);
}

void
bounce_report_clear(struct bounce_report *report)
{
	g_clear_pointer(&report->recipient, g_free);
	g_clear_pointer(&report->text, g_free);
}
