#include "services/relay/message/compose.h"

#include <inttypes.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/clock.h"

#include "services/relay/message/header_text.h"
#include "services/relay/message/html_text.h"
#include "services/relay/message/gmime_ready.h"
#include "services/relay/message/merge.h"
#include "services/relay/message/mime_text.h"
#include "services/relay/message/raw_content.h"

#define AUTO_GENERATE "auto-generate"

/* composition->prepared: what all its recipients have in common. */
struct prepared {
	InternetAddressList *from;
	struct merge_template *subject;
	struct merge_template *plain; /* NULL: none */
	struct merge_template *html;  /* NULL: none */
	struct raw_content *raw;      /* in place of both; or NULL */
	char boundary[MIME_BOUNDARY_SIZE];
	GString *content_head; /* the content, when it is the same for all; else NULL */
	GString *content;
};

static void
prepared_free(void *data)
{
	struct prepared *prepared = data;

	g_object_unref(prepared->from);
	merge_template_free(prepared->subject);
	merge_template_free(prepared->plain);
	merge_template_free(prepared->html);
	raw_content_free(prepared->raw);
	if (prepared->content != NULL) {
		g_string_free(prepared->content_head, TRUE);
		g_string_free(prepared->content, TRUE);
	}
	g_free(prepared);
}

/* text without what would end a header field; g_free. */
static char *
header_text_of(const char *text)
{
	GString *clean = g_string_new(text);

	header_text_clean(clean);
	return g_string_free(clean, FALSE);
}

static InternetAddressList *
from_create(const struct composition *composition)
{
	InternetAddressList *list = internet_address_list_new();
	char *name = header_text_of(composition->from_name);
	char *email = header_text_of(composition->from_email);
	InternetAddress *from = internet_address_mailbox_new(*name != '\0' ? name : NULL, email);

	internet_address_set_charset(from, "utf-8");
	internet_address_list_add(list, from);
	g_object_unref(from);
	g_free(email);
	g_free(name);
	return list;
}

static bool
is_auto_generate(const char *plain)
{
	char *word = g_strstrip(g_strdup(plain));
	bool is = g_ascii_strcasecmp(word, AUTO_GENERATE) == 0;

	g_free(word);
	return is;
}

static struct merge_template *
plain_prepare(const struct composition *composition)
{
	struct merge_template *plain = NULL;
	char *generated;

	if (is_auto_generate(composition->message_plain)) {
		generated = html_text_create(composition->message_html);
		if (*generated != '\0' || composition->message_html[0] == '\0')
			plain = merge_template_create(generated, MERGE_TEXT);
		g_free(generated);
		return plain;
	}
	if (composition->message_plain[0] == '\0' && composition->message_html[0] != '\0')
		return NULL;
	return merge_template_create(composition->message_plain, MERGE_TEXT);
}

/* text: NULL where there is no template. */
static bool
fill(const struct merge_template *merge, struct merge_values *values, char **text,
    struct error *error)
{
	GString *filled;
	bool is_filled;

	*text = NULL;
	if (merge == NULL)
		return true;
	filled = g_string_new(NULL);
	is_filled = merge_template_fill(merge, values, filled, error);
	*text = g_string_free(filled, !is_filled);
	return is_filled;
}

/* values: NULL where all is the same for every recipient. */
static bool
content_write(const struct prepared *prepared, struct merge_values *values, GString *head,
    GString *body, struct error *error)
{
	char *plain = NULL, *html = NULL;
	bool is_filled;

	if (prepared->raw != NULL)
		return raw_content_write(prepared->raw, values, head, body, error);
	is_filled = fill(prepared->plain, values, &plain, error) &&
	    fill(prepared->html, values, &html, error);
	if (is_filled)
		mime_text_write(plain, html, prepared->boundary, head, body);
	g_free(plain);
	g_free(html);
	return is_filled;
}

static bool
is_fixed(const struct merge_template *merge)
{
	return merge == NULL || merge_template_is_fixed(merge);
}

/* Whether its content is there, and is the same for all. */
static bool
content_prepare(
    struct prepared *prepared, const struct composition *composition, struct error *error)
{
	if (composition->raw_message != NULL) {
		prepared->raw = raw_content_create(composition->raw_message, error);
		return prepared->raw != NULL && raw_content_is_fixed(prepared->raw);
	}
	prepared->plain = plain_prepare(composition);
	if (composition->message_html[0] != '\0')
		prepared->html = merge_template_create(composition->message_html, MERGE_HTML);
	return is_fixed(prepared->plain) && is_fixed(prepared->html);
}

static struct prepared *
prepared_create(const struct composition *composition, struct error *error)
{
	struct prepared *prepared = g_new0(struct prepared, 1);

	gmime_ready();
	prepared->from = from_create(composition);
	prepared->subject = merge_template_create(composition->subject, MERGE_HEADER);
	mime_boundary_create(prepared->boundary);
	if (content_prepare(prepared, composition, error)) {
		prepared->content_head = g_string_new(NULL);
		prepared->content = g_string_new(NULL);
		(void)content_write(
		    prepared, NULL, prepared->content_head, prepared->content, error);
	} else if (composition->raw_message != NULL && prepared->raw == NULL) {
		prepared_free(prepared);
		return NULL;
	}
	return prepared;
}

static void
subject_set(GMimeMessage *message, const char *subject)
{
	GString *text = g_string_new(subject);
	GString *raw = g_string_new(NULL);

	header_text_clean(text);
	header_text_encode(raw, text, strlen("Subject:"));
	mime_field_set_raw(message, "Subject", raw);
	g_string_free(raw, TRUE);
	g_string_free(text, TRUE);
}

/* As it is, UTF-8 too (RFC 6532 3.2): whether it can be sent there is for the delivery to see. */
static void
to_set(GMimeMessage *message, const char *address)
{
	char *clean = header_text_of(address);
	GString *raw = g_string_new(" ");

	g_string_append(raw, clean);
	mime_field_set_raw(message, "To", raw);
	g_string_free(raw, TRUE);
	g_free(clean);
}

static void
stamps_set(GMimeMessage *message, const struct composition *composition,
    const struct compose_recipient *recipient, const char *hostname)
{
	GDateTime *date = g_date_time_new_from_unix_utc(recipient->date / CLOCK_SECOND);
	char *id = g_strdup_printf("%" PRId64 ".%" PRId32 "@%s", recipient->delivery_id,
	    composition->campaign_id, hostname);

	g_mime_message_set_date(message, date);
	g_mime_message_set_message_id(message, id);
	g_free(id);
	g_date_time_unref(date);
}

/* RFC 2369 3.2, RFC 8058 3.1. One click is for the URL alone. */
static void
unsubscribe_set(GMimeMessage *message, const struct compose_recipient *recipient)
{
	const char *url = recipient->unsubscribe_url, *address = recipient->unsubscribe_address;
	GString *raw = g_string_new(NULL);

	if (address != NULL)
		g_string_append_printf(raw, " <mailto:%s?subject=unsubscribe>", address);
	if (url != NULL)
		g_string_append_printf(raw, "%s <%s>", address != NULL ? ",\r\n" : "", url);
	if (raw->len > 0)
		mime_field_set_raw(message, "List-Unsubscribe", raw);
	if (url != NULL) {
		g_string_assign(raw, " List-Unsubscribe=One-Click");
		mime_field_set_raw(message, "List-Unsubscribe-Post", raw);
	}
	g_string_free(raw, TRUE);
}

static void
head_write(const struct composition *composition, const struct compose_recipient *recipient,
    const char *subject, const char *hostname, GString *head)
{
	const struct prepared *prepared = composition->prepared;
	GMimeFormatOptions *format = g_mime_format_options_new();
	GMimeMessage *message = g_mime_message_new(TRUE);
	char *fields;

	internet_address_list_append(g_mime_message_get_from(message), prepared->from);
	to_set(message, recipient->address);
	subject_set(message, subject);
	stamps_set(message, composition, recipient, hostname);
	unsubscribe_set(message, recipient);
	g_mime_object_set_header(GMIME_OBJECT(message), "MIME-Version", "1.0", NULL);
	g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
	fields = g_mime_header_list_to_string(
	    g_mime_object_get_header_list(GMIME_OBJECT(message)), format);
	g_string_append(head, fields);
	g_free(fields);
	g_object_unref(message);
	g_mime_format_options_free(format);
}

/* All that merge fields take part in. False, with head and body unchanged: they cannot be filled. */
static bool
parts_write(const struct composition *composition, const struct compose_recipient *recipient,
    struct merge_values *values, const char *hostname, GString *head, GString *body,
    struct error *error)
{
	const struct prepared *prepared = composition->prepared;
	size_t head_length = head->len;
	g_autofree char *subject = NULL;

	if (!fill(prepared->subject, values, &subject, error))
		return false;
	head_write(composition, recipient, subject, hostname, head);
	if (prepared->content != NULL) {
		g_string_append_len(
		    head, prepared->content_head->str, (gssize)prepared->content_head->len);
		g_string_append_len(body, prepared->content->str, (gssize)prepared->content->len);
		return true;
	}
	if (content_write(prepared, values, head, body, error))
		return true;
	g_string_truncate(head, head_length);
	return false;
}

size_t
compose_size(const struct composition *composition)
{
	size_t size = composition->raw_message != NULL
	    ? strlen(composition->raw_message)
	    : strlen(composition->message_plain) + strlen(composition->message_html);

	return size + size / 3;
}

bool
compose_message(struct composition *composition, const struct compose_recipient *recipient,
    const char *hostname, GString *head, GString *body, struct error *error)
{
	const struct merge_known known = {recipient->address, recipient->unsubscribe_url};
	struct merge_values *values = merge_values_create(&known, recipient->merge_fields, error);
	bool is_composed;

	if (values == NULL)
		return false;
	if (composition->prepared == NULL) {
		composition->prepared = prepared_create(composition, error);
		composition->prepared_free = composition->prepared != NULL ? prepared_free : NULL;
	}
	is_composed = composition->prepared != NULL &&
	    parts_write(composition, recipient, values, hostname, head, body, error);
	merge_values_free(values);
	return is_composed;
}
