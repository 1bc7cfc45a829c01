#include "services/relay/receive/data.h"

#include <assert.h>
#include <string.h>

void
data_begin(struct data_reader *reader, struct message *message, const struct data_rules *rules)
{
	*reader = (struct data_reader){
	    .state = DATA_LINE_START,
	    .message = message,
	    .rules = *rules,
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
	const struct data_rules *rules = &reader->rules;

	/* Within the header both sizes are one: the smaller limit is met first, however the data was cut. */
	if (!reader->in_body && reader->size > rules->head_max &&
	    rules->head_max < rules->message_max)
		data_fail(reader, DATA_HEAD_TOO_LARGE);
	else if (reader->size > rules->message_max)
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

static void
data_grow_line(struct data_reader *reader, size_t bytes)
{
	reader->line_size += bytes;
	if (reader->line_size > reader->rules.line_max)
		data_fail(reader, DATA_LINE_TOO_LONG);
}

/* A line begins. */
static void
data_start_line(struct data_reader *reader, bool is_after_lf)
{
	reader->state = DATA_LINE_START;
	reader->is_after_lf = is_after_lf;
	reader->line_size = 0;
}

/* Goes to the byte after the next CR, or to the end. */
static const char *
data_scan_line(struct data_reader *reader, const char *at, const char *end)
{
	const char *cr = memchr(at, '\r', (size_t)(end - at));
	const char *stop = cr != NULL ? cr : end;

	if (reader->fault != DATA_BARE_NEWLINE && memchr(at, '\n', (size_t)(stop - at)) != NULL)
		data_fail(reader, DATA_BARE_NEWLINE);
	data_grow_line(reader, (size_t)(stop - at));
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

/* At the start of a line: whether the byte is the dot that stuffs it, or ends all. */
static bool
data_is_stuffing(const struct data_reader *reader, char byte)
{
	return byte == '.' && reader->rules.framing == DATA_FRAMING_DOT;
}

static size_t
data_feed_strict(struct data_reader *reader, const char *bytes, size_t length)
{
	const char *at = bytes;
	const char *end = bytes + length;
	const char *run = bytes; /* content not yet kept: from here to `at` */

	while (at < end && reader->state != DATA_ENDED) {
		switch (reader->state) {
		case DATA_LINE_START:
			if (data_is_stuffing(reader, *at) || (*at == '\r' && !reader->in_body)) {
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
				data_start_line(reader, false);
			} else {
				data_bare_cr(reader);
			}
			break;
		case DATA_EMPTY_CR:
			if (*at == '\n') {
				reader->in_body = true;
				data_keep(reader, "\r\n", 2);
				run = ++at;
				data_start_line(reader, false);
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
	return (size_t)(at - bytes);
}

/* The line ends, as it is kept: with CR LF. */
static void
data_end_line(struct data_reader *reader, bool is_lf)
{
	data_keep(reader, "\r\n", 2);
	data_start_line(reader, is_lf);
}

/* The header ends, where it has not yet, or an empty line of the body does. */
static void
data_end_empty(struct data_reader *reader, bool is_lf)
{
	reader->in_body = true;
	data_end_line(reader, is_lf);
}

/* A CR stands alone. */
static void
data_blank_cr(struct data_reader *reader)
{
	data_keep(reader, " ", 1);
	data_grow_line(reader, 1);
	reader->state = DATA_LINE;
}

/* Keeps what is content up to the next CR or LF. Returns where that stands, or the end. */
static const char *
data_take_text(struct data_reader *reader, const char *at, const char *end)
{
	const char *stop = memchr(at, '\n', (size_t)(end - at));
	const char *cr;

	if (stop == NULL)
		stop = end;
	cr = memchr(at, '\r', (size_t)(stop - at));
	if (cr != NULL)
		stop = cr;
	data_keep(reader, at, (size_t)(stop - at));
	data_grow_line(reader, (size_t)(stop - at));
	return stop;
}

/* A lone dot ended, by CR LF or LF: the end of the data, or a line of its own. */
static void
data_end_dot(struct data_reader *reader, bool is_lf)
{
	if (!is_lf && !reader->is_after_lf) {
		reader->state = DATA_ENDED;
		return;
	}
	data_keep(reader, ".", 1);
	data_end_line(reader, is_lf);
}

/* At a CR or LF, or, behind a CR, at what follows it. Returns how many bytes were handled. */
static size_t
data_step_newline(struct data_reader *reader, char byte)
{
	static const enum data_state behind_cr[] = {
	    [DATA_LINE_START] = DATA_EMPTY_CR,
	    [DATA_LINE] = DATA_LINE_CR,
	    [DATA_DOT] = DATA_DOT_CR,
	};
	bool is_lf;

	if (reader->state <= DATA_LINE || reader->state == DATA_DOT) {
		if (byte == '\r') {
			reader->state = behind_cr[reader->state];
			return 1;
		}
		is_lf = true;
	} else if (byte != '\n') {
		data_blank_cr(reader);
		return 0;
	} else {
		is_lf = false;
	}
	if (reader->state == DATA_LINE_START || reader->state == DATA_EMPTY_CR)
		data_end_empty(reader, is_lf);
	else if (reader->state == DATA_LINE || reader->state == DATA_LINE_CR)
		data_end_line(reader, is_lf);
	else
		data_end_dot(reader, is_lf);
	return 1;
}

static bool
is_behind_cr(enum data_state state)
{
	return state == DATA_LINE_CR || state == DATA_EMPTY_CR || state == DATA_DOT_CR;
}

static size_t
data_feed_normalizing(struct data_reader *reader, const char *bytes, size_t length)
{
	const char *at = bytes;
	const char *end = bytes + length;

	while (at < end && reader->state != DATA_ENDED) {
		if (is_behind_cr(reader->state) || *at == '\r' || *at == '\n') {
			at += data_step_newline(reader, *at);
		} else if (reader->state == DATA_LINE_START && data_is_stuffing(reader, *at)) {
			reader->state = DATA_DOT;
			at++;
		} else {
			reader->state = DATA_LINE;
			at = data_take_text(reader, at, end);
		}
	}
	return (size_t)(at - bytes);
}

size_t
data_feed(struct data_reader *reader, const char *bytes, size_t length)
{
	size_t taken;

	assert(!data_ended(reader));
	if (reader->rules.newlines == DATA_NEWLINES_NORMALIZE)
		taken = data_feed_normalizing(reader, bytes, length);
	else
		taken = data_feed_strict(reader, bytes, length);
	data_count(reader->message);
	return taken;
}

/* A CR was the last byte. */
static void
data_finish_cr(struct data_reader *reader)
{
	if (reader->rules.newlines == DATA_NEWLINES_NORMALIZE)
		data_blank_cr(reader);
	else
		data_bare_cr(reader);
}

void
data_finish(struct data_reader *reader)
{
	assert(reader->rules.framing == DATA_FRAMING_CHUNKS && !data_ended(reader));
	if (is_behind_cr(reader->state))
		data_finish_cr(reader);
	if (reader->state == DATA_LINE)
		data_keep(reader, "\r\n", 2);
	reader->state = DATA_ENDED;
	data_count(reader->message);
}
