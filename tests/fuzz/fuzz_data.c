/* The reader of DATA and of BDAT's chunks: any cutting of the input gives one result, and what it keeps, it counts. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/relay/receive/data.h"

enum { MESSAGE_MAX = 4096, HEAD_MAX = 2048, LINE_BYTES_MAX = 500 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds pieces of 1 to `piece_max` bytes, of changing length. Returns how much was taken. */
static size_t
feed(struct data_reader *reader, const char *bytes, size_t length, size_t piece_max)
{
	size_t at = 0;

	for (size_t turn = 0; at < length && !data_ended(reader); turn++)
		at += data_feed(reader, bytes + at, MIN(1 + turn * 7 % piece_max, length - at));
	return at;
}

static void
check(const struct data_reader *reader, const struct memory_budget *budget, const char *bytes,
    size_t taken)
{
	const struct message *message = reader->message;
	const GString *last = message->body->len > 0 ? message->body : message->head;

	assert(budget->used == message_size(message));
	if (reader->fault != DATA_FINE) {
		assert(message_size(message) == 0);
		return;
	}
	assert(message_size(message) == reader->size && reader->size <= MESSAGE_MAX);
	assert(strstr(message->head->str, "\n\r\n") == NULL);
	for (size_t i = 0; data_ended(reader) && i < message->body->len; i++)
		assert(message->body->str[i] != '\n' || message->body->str[i - 1] == '\r');
	/* Only CR LF . CR LF ended it, or the last chunk. */
	if (reader->rules.framing == DATA_FRAMING_CHUNKS)
		assert(last->len == 0 || last->str[last->len - 1] == '\n');
	else if (data_ended(reader) && taken > 5)
		assert(memcmp(bytes + taken - 5, "\r\n.\r\n", 5) == 0);
	for (size_t i = 0;
	     reader->rules.framing == DATA_FRAMING_DOT && data_ended(reader) && i + 5 < taken; i++)
		assert(memcmp(bytes + i, "\r\n.\r\n", 5) != 0);
	assert(message->body->len == 0 || memcmp(message->body->str, "\r\n", 2) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_budget whole_budget = {.limit = SIZE_MAX};
	struct memory_budget pieces_budget = {.limit = SIZE_MAX};
	struct message *whole = message_create();
	struct message *pieces = message_create();
	size_t piece_max = size > 0 ? 1 + data[0] % 16 : 1;
	const struct data_rules rules = {.message_max = MESSAGE_MAX,
	    .head_max = HEAD_MAX,
	    .line_max = LINE_BYTES_MAX,
	    .newlines = size > 0 && data[0] & 16 ? DATA_NEWLINES_NORMALIZE : DATA_NEWLINES_REJECT,
	    .framing = size > 0 && data[0] & 32 ? DATA_FRAMING_CHUNKS : DATA_FRAMING_DOT};
	struct data_reader whole_reader, pieces_reader;
	size_t taken;

	whole->budget = &whole_budget;
	pieces->budget = &pieces_budget;
	data_begin(&whole_reader, whole, &rules);
	data_begin(&pieces_reader, pieces, &rules);
	taken = size > 0 ? data_feed(&whole_reader, (const char *)data, size) : 0;
	assert(feed(&pieces_reader, (const char *)data, size, piece_max) == taken);
	assert(whole_reader.fault == pieces_reader.fault);
	assert(whole_reader.size == pieces_reader.size);
	assert(data_ended(&whole_reader) == data_ended(&pieces_reader));
	if (rules.framing == DATA_FRAMING_CHUNKS) {
		assert(taken == size);
		data_finish(&whole_reader);
		data_finish(&pieces_reader);
		assert(whole_reader.fault == pieces_reader.fault);
	}
	assert(g_string_equal(whole->head, pieces->head));
	assert(g_string_equal(whole->body, pieces->body));
	check(&whole_reader, &whole_budget, (const char *)data, taken);
	check(&pieces_reader, &pieces_budget, (const char *)data, taken);
	message_unref(whole);
	message_unref(pieces);
	assert(whole_budget.used == 0 && pieces_budget.used == 0);
	return 0;
}
