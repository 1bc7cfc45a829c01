#include "services/relay/receive/data.h"

#include <assert.h>
#include <string.h>

void
data_begin(struct data_reader *reader, struct message *message, size_t message_max)
{
	*reader = (struct data_reader){
	    .state = DATA_LINE_START,
	    .message = message,
	    .message_max = message_max,
	};
}

bool
data_ended(const struct data_reader *reader)
{
	return reader->state == DATA_ENDED;
}

static void
string_drop(GString **string)
{
	g_string_free(*string, TRUE);
	*string = g_string_new(NULL);
}

static void
data_fail(struct data_reader *reader, enum data_fault fault)
{
	if (reader->fault == DATA_FINE) {
		string_drop(&reader->message->head);
		string_drop(&reader->message->body);
	}
	if (fault > reader->fault)
		reader->fault = fault;
}

static void
data_check_limits(struct data_reader *reader)
{
	/* Within the header both sizes are one: the smaller limit is met first, however the data was cut. */
	if (!reader->in_body && reader->size > DATA_HEAD_MAX && DATA_HEAD_MAX < reader->message_max)
		data_fail(reader, DATA_HEAD_TOO_LARGE);
	else if (reader->size > reader->message_max)
		data_fail(reader, DATA_TOO_LARGE);
}

static void
data_keep(struct data_reader *reader, const char *bytes, size_t length)
{
	GString *part = reader->in_body ? reader->message->body : reader->message->head;

	if (length == 0)
		return;
	reader->size += length;
	if (reader->fault != DATA_FINE)
		return;
	g_string_append_len(part, bytes, (gssize)length);
	data_check_limits(reader);
}

/* Goes to the byte after the next CR, or to the end. */
static const char *
data_scan_line(struct data_reader *reader, const char *at, const char *end)
{
	const char *cr = memchr(at, '\r', (size_t)(end - at));
	const char *stop = cr != NULL ? cr : end;

	if (reader->fault != DATA_BARE_NEWLINE && memchr(at, '\n', (size_t)(stop - at)) != NULL)
		data_fail(reader, DATA_BARE_NEWLINE);
	if (cr == NULL)
		return end;
	reader->state = DATA_LINE_CR;
	return cr + 1;
}

static void
data_count(struct message *message)
{
	size_t held = message_size(message);

	if (message->budget == NULL)
		return;
	if (held > message->budgeted)
		memory_budget_take(message->budget, held - message->budgeted);
	else
		memory_budget_release(message->budget, message->budgeted - held);
	message->budgeted = held;
}

/* A CR was not followed by LF: it is content of the line after all. */
static void
data_bare_cr(struct data_reader *reader)
{
	data_fail(reader, DATA_BARE_NEWLINE);
	reader->state = DATA_LINE;
}

size_t
data_feed(struct data_reader *reader, const char *bytes, size_t length)
{
	const char *at = bytes;
	const char *end = bytes + length;
	const char *run = bytes; /* content not yet kept: from here to `at` */

	assert(!data_ended(reader));
	while (at < end && reader->state != DATA_ENDED) {
		switch (reader->state) {
		case DATA_LINE_START:
			if (*at == '.' || (*at == '\r' && !reader->in_body)) {
				data_keep(reader, run, (size_t)(at - run));
				reader->state = *at == '.' ? DATA_DOT : DATA_EMPTY_CR;
				run = ++at;
			} else {
				reader->state = DATA_LINE;
			}
			break;
		case DATA_LINE:
			at = data_scan_line(reader, at, end);
			break;
		case DATA_LINE_CR:
			if (*at == '\n') {
				at++;
				reader->state = DATA_LINE_START;
			} else {
				data_bare_cr(reader);
			}
			break;
		case DATA_EMPTY_CR:
			if (*at == '\n') {
				reader->in_body = true;
				data_keep(reader, "\r\n", 2);
				run = ++at;
				reader->state = DATA_LINE_START;
			} else {
				data_keep(reader, "\r", 1);
				data_bare_cr(reader);
			}
			break;
		case DATA_DOT:
			if (*at == '\r') {
				run = ++at;
				reader->state = DATA_DOT_CR;
			} else {
				reader->state = DATA_LINE;
			}
			break;
		case DATA_DOT_CR:
			if (*at == '\n') {
				run = ++at;
				reader->state = DATA_ENDED;
			} else {
				data_keep(reader, "\r", 1);
				data_bare_cr(reader);
			}
			break;
		case DATA_ENDED:
			break;
		}
	}
	data_keep(reader, run, (size_t)(at - run));
	data_count(reader->message);
	return (size_t)(at - bytes);
}
