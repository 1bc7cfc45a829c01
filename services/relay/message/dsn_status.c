#include "services/relay/message/dsn_status.h"

#include <string.h>

#include "services/relay/message/header_date.h"
#include "services/relay/message/mime_text.h"
#include "services/relay/message/xtext.h"

const char *
dsn_action_name(enum dsn_action action)
{
	static const char *const names[] = {
	    [DSN_FAILED] = "failed", [DSN_DELAYED] = "delayed", [DSN_RELAYED] = "relayed"};

	return names[action];
}

/* What a field of ASCII can hold, and no more of it than max bytes. */
static void
append_plain(GString *out, const char *text, size_t max)
{
	for (size_t i = 0; i < max && text[i] != '\0'; i++)
		g_string_append_c(out, text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?');
}

static void
append_field(GString *out, const char *name, const char *type, const char *value)
{
	g_string_append_printf(out, "%s: %s", name, type);
	append_plain(out, value, DSN_DIAGNOSTIC_MAX);
	g_string_append(out, "\r\n");
}

static void
append_date(GString *out, const char *name, int64_t when)
{
	g_autofree char *date = header_date(when);

	append_field(out, name, "", date);
}

/* RFC 6533 3: what is not ASCII as \x{HEX}, and the backslash with it. xtext may hold bytes that are no UTF-8: U+FFFD. */
static char *
address_escape(const char *address)
{
	g_autofree char *valid = g_utf8_make_valid(address, -1);
	GString *out = g_string_new(NULL);

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c < 0x80 && c != '\\')
			g_string_append_c(out, (char)c);
		else
			g_string_append_printf(out, "\\x{%X}", c);
	}
	return g_string_free(out, FALSE);
}

static void
append_address(GString *out, const char *name, const char *type, const char *address)
{
	if (g_str_is_ascii(address)) {
		append_field(out, name, type, address);
	} else {
		g_autofree char *escaped = address_escape(address);

		append_field(out, name, "utf-8; ", escaped);
	}
}

/* "rfc822;ann+2Btag@example.net", the second half as xtext: RFC 3461 4.2. */
static void
append_original(GString *out, const char *original)
{
	size_t length = strcspn(original, ";");
	g_autofree char *type = g_strdup_printf("%.*s; ", (int)length, original);
	g_autofree char *address = xtext_decode(original + length + (original[length] == ';'));

	append_address(out, "Original-Recipient", type, address);
}

static void
append_recipient(GString *out, const struct dsn *dsn)
{
	if (dsn->original_recipient != NULL)
		append_original(out, dsn->original_recipient);
	append_address(out, "Final-Recipient", "rfc822; ", dsn->recipient);
	append_field(out, "Action", "", dsn_action_name(dsn->action));
	append_field(out, "Status", "", dsn->status);
	if (dsn->remote != NULL)
		append_field(out, "Remote-MTA", "dns; ", dsn->remote);
	if (dsn->reply != NULL)
		append_field(out, "Diagnostic-Code", "smtp; ", dsn->reply);
	else if (dsn->reason != NULL)
		append_field(out, "Diagnostic-Code", "X-Bracemail; ", dsn->reason);
	append_date(out, "Last-Attempt-Date", dsn->when);
	if (dsn->action == DSN_DELAYED)
		append_date(out, "Will-Retry-Until", dsn->retry_until);
}

GMimeObject *
dsn_status_part(const struct dsn *dsn)
{
	GMimePart *part = g_mime_part_new_with_type("message", "delivery-status");
	GString *text = g_string_new(NULL);

	if (dsn->message->envelope_id != NULL) {
		g_autofree char *id = xtext_decode(dsn->message->envelope_id);

		append_field(text, "Original-Envelope-Id", "", id);
	}
	append_field(text, "Reporting-MTA", "dns; ", dsn->hostname);
	append_date(text, "Arrival-Date", dsn->message->received_at);
	g_string_append(text, "\r\n");
	append_recipient(text, dsn);
	mime_part_set_bytes(part, text->str, text->len, GMIME_CONTENT_ENCODING_7BIT);
	g_string_free(text, TRUE);
	return GMIME_OBJECT(part);
}
