#include "services/relay/deliver/attempt_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_line.h"

enum {
	REPLY_BYTES = 400, /* then the rest of it is left out */
	CODE_LENGTH = 3,
	TIME_LENGTH = sizeof("12:34:56.789") - 1,
	MARK_LENGTH = sizeof(" < ") - 1
};

static const char *const status_names[] = {
    [ATTEMPT_DELIVERED] = "delivered",
    [ATTEMPT_DEFERRED] = "deferred",
    [ATTEMPT_FAILED] = "failed",
};

struct text {
	const char *start;
	size_t length;
};

/* What a transcript says, as far as it was read; all within it, length 0: nothing. */
struct attempt_reading {
	char code[sizeof("550")]; /* "": no reply decided */
	const char *enhanced;
	struct text where; /* "mx.example.net [192.0.2.25]:25", or a domain */
	struct text tls;   /* "TLSv1.3 TLS_AES_256_GCM_SHA384 verified=dane" */
	struct text note;
	struct text reply;   /* its lines, from the first one's text to the last one's */
	struct text reading; /* of a reply whose last line has not come */
	bool is_exact;       /* the reply found has the enhanced code too */
};

static bool
text_starts(struct text text, const char *with)
{
	return text.length >= strlen(with) && memcmp(text.start, with, strlen(with)) == 0;
}

/* The reply that decided has the code; several may: the last, but rather one with the enhanced code as well. */
static void
reading_take_reply(struct attempt_reading *reading)
{
	struct text reply = reading->reading;
	bool is_exact;

	reading->reading.length = 0;
	if (reading->code[0] == '\0' || !text_starts(reply, reading->code))
		return;
	is_exact = reading->enhanced[0] != '\0' &&
	    memmem(reply.start, reply.length, reading->enhanced, strlen(reading->enhanced)) != NULL;
	if (reading->is_exact && !is_exact)
		return;
	reading->is_exact = is_exact;
	reading->reply = reply;
}

static void
reading_add_reply(struct attempt_reading *reading, struct text line)
{
	if (reading->reading.length == 0)
		reading->reading = line;
	else
		reading->reading.length =
		    (size_t)(line.start + line.length - reading->reading.start);
	if (line.length <= CODE_LENGTH || line.start[CODE_LENGTH] != '-')
		reading_take_reply(reading);
}

static void
reading_add_note(struct attempt_reading *reading, struct text note)
{
	static const char trying[] = "trying ";

	if (text_starts(note, "TLSv")) {
		reading->tls = note;
		return;
	}
	reading->note = note;
	if (!text_starts(note, trying))
		return;
	reading->where = (struct text){note.start + strlen(trying), note.length - strlen(trying)};
	reading->tls.length = 0;
}

static void
reading_add_line(struct attempt_reading *reading, struct text line)
{
	const size_t before = TIME_LENGTH + MARK_LENGTH;
	struct text rest;
	char mark;

	if (line.length < before || line.start[TIME_LENGTH] != ' ')
		return;
	mark = line.start[TIME_LENGTH + 1];
	rest = (struct text){line.start + before, line.length - before};
	if (mark == '<')
		reading_add_reply(reading, rest);
	else if (mark == '=')
		reading_add_note(reading, rest);
}

/* "attempt 1 2026-11-24T09:45:00.000Z mx.example.net [192.0.2.1]:25" */
static struct text
first_where(struct text line)
{
	const char *at = line.start, *end = line.start + line.length;

	for (int words = 0; words < 3 && at != NULL; words++) {
		at = memchr(at, ' ', (size_t)(end - at));
		at = at != NULL ? at + 1 : NULL;
	}
	return at != NULL ? (struct text){at, (size_t)(end - at)} : (struct text){0};
}

static void
reading_read(struct attempt_reading *reading, const struct attempt *attempt)
{
	const char *at = attempt->transcript->str, *end = at + attempt->transcript->len, *feed;

	*reading = (struct attempt_reading){.enhanced = attempt_code(attempt)};
	if (attempt->smtp_code != 0)
		g_snprintf(reading->code, sizeof(reading->code), "%u", attempt->smtp_code);
	for (; (feed = memchr(at, '\n', (size_t)(end - at))) != NULL; at = feed + 1) {
		struct text line = {at, (size_t)(feed - at)};

		if (at == attempt->transcript->str)
			reading->where = first_where(line);
		else
			reading_add_line(reading, line);
	}
}

/* "host [address]:port"; a domain alone is where no host was found. */
static void
add_where(struct log_line *line, struct text where)
{
	const char *end, *space, *close;

	if (where.length == 0)
		return;
	end = where.start + where.length;
	space = memchr(where.start, ' ', where.length);
	if (space == NULL || end - space < 3 ||
	    (close = memchr(space, ']', (size_t)(end - space))) == NULL) {
		log_add(line, "destination=\"%.*s\"", (int)where.length, where.start);
		return;
	}
	log_add(line, "host=\"%.*s\" address=%.*s", (int)(space - where.start), where.start,
	    (int)(close - space - 2), space + 2);
	if (end - close > 2)
		log_add(line, "port=%d", atoi(close + 2));
}

/* Its lines with spaces between them, each after the first without its code. */
static void
add_reply(struct log_line *line, struct text reply)
{
	char joined[REPLY_BYTES];
	size_t length = 0;
	const char *at = reply.start, *end = reply.start + reply.length;

	while (at < end && length < sizeof(joined)) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		const char *stop = feed != NULL ? feed : end;
		size_t taken = MIN((size_t)(stop - at), sizeof(joined) - length);

		memcpy(joined + length, at, taken);
		if (at == reply.start && taken > CODE_LENGTH)
			joined[CODE_LENGTH] = ' ';
		length += taken;
		if (feed != NULL && length < sizeof(joined))
			joined[length++] = ' ';
		at += MIN((size_t)(end - at),
		    (size_t)(stop - at) + 1 + TIME_LENGTH + MARK_LENGTH + CODE_LENGTH + 1);
	}
	log_add(line, "reply=\"%.*s\"", (int)length, joined);
}

static void
add_times(struct log_line *line, const struct delivery *delivery, const struct attempt *attempt)
{
	char next[CLOCK_ISO_SIZE];

	log_add(line, "seconds=%.3f delay=%.3f",
	    (double)(attempt->finished_at - attempt->started_at) / CLOCK_SECOND,
	    (double)(attempt->finished_at - delivery->queued_at) / CLOCK_SECOND);
	if (attempt->status == ATTEMPT_DEFERRED)
		log_add(line, "next=%s", clock_iso(attempt->next_attempt_at, next));
}

void
attempt_log(const struct delivery *delivery, const struct attempt *attempt)
{
	struct attempt_reading reading;
	struct log_line line;

	if (!log_begin(&line, LOG_LEVEL_INFO, "attempt-ended"))
		return;
	if (delivery->message != NULL)
		log_add(&line, "message=%" PRId64, delivery->message->message_id);
	else if (delivery->composition != NULL)
		log_add(&line, "campaign=%" PRId32, delivery->composition->campaign_id);
	log_add(&line,
	    "delivery=%" PRId64 " account=%" PRId64
	    " recipient=\"%s\" attempt=%d status=%s code=%s",
	    delivery->delivery_id, delivery->account_id, delivery->recipient, attempt->number,
	    status_names[attempt->status], attempt_code(attempt));
	reading_read(&reading, attempt);
	add_where(&line, reading.where);
	log_add(&line, "tls=\"%.*s\"", (int)reading.tls.length,
	    reading.tls.length > 0 ? reading.tls.start : NULL);
	add_times(&line, delivery, attempt);
	if (reading.reply.length > 0)
		add_reply(&line, reading.reply);
	else
		log_add(&line, "reason=\"%.*s\"", (int)reading.note.length,
		    reading.note.length > 0 ? reading.note.start : NULL);
	log_end(&line);
}
