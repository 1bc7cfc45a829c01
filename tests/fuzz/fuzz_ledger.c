/*
 * The ledger's files, any bytes: what is taken for an entry is written again as it was read. And whatever addresses and groups
 * hold: where a line was cut off, that one is lost and no other. Input: a number of two bytes, a file.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/ledger.h"
#include "base/text.h"
#include "db/id.h"
#include "db/ledger_entry.h"

enum { TEXT_MAX = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ledger_recipient *
recipient_at(const struct ledger_entry *entry, guint index)
{
	return &g_array_index(entry->recipients, struct ledger_recipient, index);
}

static bool
is_text(const char *text)
{
	return text == NULL || text_is_utf8(text, strlen(text));
}

static struct message *
message_of(const struct ledger_entry *entry)
{
	struct message *message = message_create();

	message->message_id = entry->id;
	message->account_id = entry->account_id;
	message->mail_from = g_strdup(entry->sender);
	message->group_name = g_strdup(entry->group);
	for (guint i = 0; i < entry->recipients->len; i++)
		message_add_recipient(message, recipient_at(entry, i)->address)->delivery_id =
		    recipient_at(entry, i)->delivery_id;
	return message;
}

/* False: such lines are written over the API alone. */
static bool
entry_write(const struct ledger_entry *entry, GString *line)
{
	struct delivery delivery = {.delivery_id = entry->id, .account_id = entry->account_id};
	struct attempt attempt = {.result = entry->result};
	struct message *message;

	switch (entry->kind) {
	case LEDGER_ACCEPTED:
		message = message_of(entry);
		ledger_add_accepted(line, message, entry->at);
		message_unref(message);
		return true;
	case LEDGER_ENDED:
		ledger_add_ended(line, &delivery, &attempt, entry->at);
		return true;
	case LEDGER_COMPARED:
		ledger_add_compared(line, entry->at);
		return true;
	case LEDGER_CAMPAIGN:
	case LEDGER_DELETED:
		break;
	}
	return false;
}

static bool
entries_equal(const struct ledger_entry *a, const struct ledger_entry *b)
{
	if (a->kind != b->kind || a->id != b->id || a->account_id != b->account_id ||
	    a->at != b->at || a->recipient_count != b->recipient_count ||
	    g_strcmp0(a->sender, b->sender) != 0 || g_strcmp0(a->group, b->group) != 0 ||
	    g_strcmp0(a->result, b->result) != 0)
		return false;
	for (guint i = 0; a->recipients != NULL && i < a->recipients->len; i++)
		if (recipient_at(a, i)->delivery_id != recipient_at(b, i)->delivery_id ||
		    !g_str_equal(recipient_at(a, i)->address, recipient_at(b, i)->address))
			return false;
	return true;
}

static void
check_entry(const struct ledger_entry *entry)
{
	g_autoptr(GString) line = g_string_new(NULL);
	struct ledger_entry again;

	if (entry->id < 0 || entry->id > ID_MAX || entry->at < 0 || entry->at > CLOCK_MAX ||
	    !is_text(entry->sender) || !is_text(entry->group) || !is_text(entry->result))
		abort();
	for (guint i = 0; entry->recipients != NULL && i < entry->recipients->len; i++)
		if (!is_text(recipient_at(entry, i)->address))
			abort();
	if (!entry_write(entry, line))
		return;
	if (strchr(line->str, '\n') != line->str + line->len - 1)
		abort();
	g_string_truncate(line, line->len - 1);
	if (!ledger_entry_parse(line->str, &again) || !entries_equal(entry, &again))
		abort();
	ledger_entry_clear(&again);
}

static void
on_line(void *arg, char *line)
{
	struct ledger_entry entry;
	unsigned *entries = arg;

	if (!ledger_entry_parse(line, &entry))
		return;
	++*entries;
	check_entry(&entry);
	ledger_entry_clear(&entry);
}

static unsigned
count_entries(const char *bytes, size_t length)
{
	FILE *file = fmemopen((char *)bytes, length, "r");
	unsigned entries = 0;

	if (file == NULL || !ledger_read_lines(file, on_line, &entries))
		abort();
	fclose(file);
	return entries;
}

/* The same line twice, the first one cut off somewhere, as ledger_append() goes on after it. */
static void
check_cut(const char *text, size_t cut)
{
	struct message *message = message_create();
	g_autoptr(GString) line = g_string_new(NULL), file = g_string_new(NULL);

	message->message_id = message->account_id = 77;
	message->mail_from = g_strdup(text);
	message->group_name = g_strdup(text);
	message_add_recipient(message, "ann@example.net")->delivery_id = 78;
	if (text[0] != '\0')
		message_add_recipient(message, text)->delivery_id = 79;
	ledger_add_accepted(line, message, 99);
	message_unref(message);
	g_string_append_len(file, line->str, (gssize)(1 + cut % (line->len - 1)));
	g_string_append_printf(file, "\t\n%s", line->str);
	if (count_entries(file->str, file->len) != 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 2;
	g_autofree char *text = NULL;

	if (size < 3)
		return 0;
	count_entries(bytes, size - 2);
	text = g_utf8_make_valid(bytes, (gssize)MIN(size - 2, TEXT_MAX));
	check_cut(text, (size_t)data[0] << 8 | data[1]);
	return 0;
}
