#include "db/ledger_entry.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/ledger.h"
#include "base/text.h"

#include "db/id.h"

enum { LEDGER_NUMBER_SIZE = sizeof("\t-9223372036854775808") };

/* Where fields are, behind the kind. */
enum accepted_field {
	ACCEPTED_ID = 1,
	ACCEPTED_ACCOUNT,
	ACCEPTED_AT,
	ACCEPTED_SENDER,
	ACCEPTED_GROUP,
	ACCEPTED_RECIPIENTS
};
enum ended_field { ENDED_RESULT = 4, ENDED_FIELDS };
enum campaign_field { CAMPAIGN_RECIPIENTS = 4, CAMPAIGN_FIELDS };
enum deleted_field { DELETED_FIELDS = 4 };
enum compared_field { COMPARED_AT = 1, COMPARED_FIELDS };

static void
add_number(GString *lines, int64_t number)
{
	char text[LEDGER_NUMBER_SIZE];
	int length = g_snprintf(text, sizeof(text), "\t%" PRId64, number);

	text_append(lines, text, (size_t)length);
}

static void
add_text(GString *lines, const char *text)
{
	text_append(lines, "\t", 1);
	if (text[strcspn(text, "\t\n\r\\")] == '\0') {
		text_append(lines, text, strlen(text));
	} else {
		g_autofree char *escaped = g_strescape(text, NULL);

		g_string_append(lines, escaped);
	}
}

static void
add_head(GString *lines, enum ledger_kind kind, int64_t id, int64_t account_id, int64_t at)
{
	g_string_append_c(lines, (char)kind);
	add_number(lines, id);
	add_number(lines, account_id);
	add_number(lines, at);
}

void
ledger_add_accepted(GString *lines, const struct message *message, int64_t at)
{
	add_head(lines, LEDGER_ACCEPTED, message->message_id, message->account_id, at);
	add_text(lines, message->mail_from);
	add_text(lines, message->group_name != NULL ? message->group_name : "");
	for (guint i = 0; i < message->recipients->len; i++) {
		const struct message_recipient *recipient = message->recipients->pdata[i];

		add_number(lines, recipient->delivery_id);
		add_text(lines, recipient->address);
	}
	g_string_append_c(lines, '\n');
}

void
ledger_add_ended(
    GString *lines, const struct delivery *delivery, const struct attempt *attempt, int64_t at)
{
	add_head(lines, LEDGER_ENDED, delivery->delivery_id, delivery->account_id, at);
	add_text(lines, attempt->result);
	g_string_append_c(lines, '\n');
}

void
ledger_add_compared(GString *lines, int64_t at)
{
	g_string_append_c(lines, (char)LEDGER_COMPARED);
	add_number(lines, at);
	g_string_append_c(lines, '\n');
}

void
ledger_write_api_message(const struct composition *composition, const char *recipient,
    const char *group, int64_t message_id, int64_t delivery_id)
{
	g_autoptr(GString) line = NULL;

	if (!ledger_is_kept())
		return;
	line = g_string_new(NULL);
	add_head(line, LEDGER_ACCEPTED, message_id, composition->account_id, clock_now());
	add_text(line, composition->from_email);
	add_text(line, group != NULL ? group : "");
	add_number(line, delivery_id);
	add_text(line, recipient);
	g_string_append_c(line, '\n');
	ledger_append(line->str, line->len);
}

void
ledger_write_campaign(const struct composition *composition, int64_t recipients)
{
	g_autoptr(GString) line = NULL;

	if (!ledger_is_kept())
		return;
	line = g_string_new(NULL);
	add_head(
	    line, LEDGER_CAMPAIGN, composition->campaign_id, composition->account_id, clock_now());
	add_number(line, recipients);
	g_string_append_c(line, '\n');
	ledger_append(line->str, line->len);
}

void
ledger_write_campaign_deleted(int64_t account_id, int32_t campaign_id)
{
	g_autoptr(GString) line = NULL;

	if (!ledger_is_kept())
		return;
	line = g_string_new(NULL);
	add_head(line, LEDGER_DELETED, campaign_id, account_id, clock_now());
	g_string_append_c(line, '\n');
	ledger_append(line->str, line->len);
}

static bool
read_number(const char *field, int64_t max, int64_t *number)
{
	return g_ascii_string_to_signed(field, 10, 0, max, number, NULL);
}

static bool
ends_in_escape(const char *field)
{
	size_t length = strlen(field), from = length;

	while (from > 0 && field[from - 1] == '\\')
		from--;
	return (length - from) % 2 != 0;
}

/* NULL: nobody wrote it so. */
static char *
read_text(const char *field)
{
	char *text = ends_in_escape(field) ? NULL : g_strcompress(field);

	if (text != NULL && !text_is_utf8(text, strlen(text)))
		g_clear_pointer(&text, g_free);
	return text;
}

/* Of a delivery that ended; its status is one that the database knows. */
static char *
read_result(const char *field)
{
	return g_str_has_prefix(field, "delivered ") || g_str_has_prefix(field, "failed ")
	    ? read_text(field)
	    : NULL;
}

static bool
parse_recipients(char *const *fields, guint count, struct ledger_entry *entry)
{
	entry->recipients = g_array_new(FALSE, TRUE, sizeof(struct ledger_recipient));
	for (guint i = 0; i + 1 < count; i += 2) {
		struct ledger_recipient recipient = {0};

		if (!read_number(fields[i], ID_MAX, &recipient.delivery_id) ||
		    fields[i + 1][0] == '\0')
			return false;
		recipient.address = read_text(fields[i + 1]);
		if (recipient.address == NULL)
			return false;
		g_array_append_val(entry->recipients, recipient);
	}
	entry->recipient_count = entry->recipients->len;
	return count > 0 && count % 2 == 0;
}

static bool
parse_head(char *const *fields, struct ledger_entry *entry)
{
	return read_number(fields[ACCEPTED_ID], ID_MAX, &entry->id) &&
	    read_number(fields[ACCEPTED_ACCOUNT], INT64_MAX, &entry->account_id) &&
	    read_number(fields[ACCEPTED_AT], CLOCK_MAX, &entry->at);
}

static bool
parse_fields(char *const *fields, guint count, struct ledger_entry *entry)
{
	switch (entry->kind) {
	case LEDGER_ACCEPTED:
		if (count <= ACCEPTED_RECIPIENTS || !parse_head(fields, entry))
			return false;
		entry->sender = read_text(fields[ACCEPTED_SENDER]);
		entry->group = read_text(fields[ACCEPTED_GROUP]);
		return entry->sender != NULL && entry->group != NULL &&
		    parse_recipients(
			fields + ACCEPTED_RECIPIENTS, count - ACCEPTED_RECIPIENTS, entry);
	case LEDGER_CAMPAIGN:
		return count == CAMPAIGN_FIELDS && parse_head(fields, entry) &&
		    read_number(fields[CAMPAIGN_RECIPIENTS], INT64_MAX, &entry->recipient_count);
	case LEDGER_ENDED:
		if (count != ENDED_FIELDS || !parse_head(fields, entry))
			return false;
		entry->result = read_result(fields[ENDED_RESULT]);
		return entry->result != NULL;
	case LEDGER_DELETED:
		return count == DELETED_FIELDS && parse_head(fields, entry);
	case LEDGER_COMPARED:
		return count == COMPARED_FIELDS &&
		    read_number(fields[COMPARED_AT], CLOCK_MAX, &entry->at);
	}
	return false;
}

bool
ledger_entry_parse(const char *line, struct ledger_entry *entry)
{
	char **fields = g_strsplit(line, "\t", -1);
	bool done;

	*entry = (struct ledger_entry){0};
	done = fields[0] != NULL && strlen(fields[0]) == 1;
	if (done) {
		entry->kind = (enum ledger_kind)fields[0][0];
		done = parse_fields(fields, g_strv_length(fields), entry);
	}
	g_strfreev(fields);
	if (!done)
		ledger_entry_clear(entry);
	return done;
}

void
ledger_entry_clear(struct ledger_entry *entry)
{
	g_free(entry->sender);
	g_free(entry->group);
	g_free(entry->result);
	for (guint i = 0; entry->recipients != NULL && i < entry->recipients->len; i++)
		g_free(g_array_index(entry->recipients, struct ledger_recipient, i).address);
	if (entry->recipients != NULL)
		g_array_unref(entry->recipients);
	*entry = (struct ledger_entry){0};
}
