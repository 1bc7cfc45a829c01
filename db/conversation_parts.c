#include "db/conversation_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#include "db/conversation_times.h"
#include "db/conversation_words.h"
#include "db/id.h"

enum {
	RUN_BITS = 4,
	RUN_MAX = (1 << RUN_BITS) - 1,
	BLOCK = 16 /* bytes looked at together */
};

/* The end of the year 9999. */
#define BEGIN_MAX (INT64_C(2932897) * TIMES_DAY)

static const char attempt_word[] = "attempt ";

/* Times being written, or read. */
struct time_run {
	int64_t when;    /* of the line before */
	uint64_t passed; /* since the one before that, and */
	unsigned more;   /* how many lines of the same time came, or are to come */
	bool any;
	char clock[CLOCK_ISO_SIZE]; /* when, read */
};

static int64_t
day_begin(const struct conversation_key *key)
{
	return (key->delivery_id >> ID_DAY_SHIFT) * TIMES_DAY;
}

static uint64_t
number_from_signed(int64_t number)
{
	return number < 0 ? (uint64_t)-number * 2 - 1 : (uint64_t)number * 2;
}

static int64_t
number_to_signed(uint64_t number)
{
	return number % 2 != 0 ? -(int64_t)(number / 2) - 1 : (int64_t)(number / 2);
}

/* "attempt 1 ": how long what comes before its time is; 0: the line is another. */
static size_t
attempt_prefix(const char *line, const char *end)
{
	const size_t word = strlen(attempt_word);
	const char *at = line + word;

	if ((size_t)(end - line) <= word || memcmp(line, attempt_word, word) != 0)
		return 0;
	while (at < end && g_ascii_isdigit(*at))
		at++;
	return at < end && *at == ' ' ? (size_t)(at + 1 - line) : 0;
}

static bool
line_is_timed(const char *line, const char *end)
{
	return end - line >= 2 && (line[0] == '<' || line[0] == '>' || line[0] == '=') &&
	    line[1] == ' ';
}

static void
run_write(const struct time_run *run, GString *times)
{
	if (run->any)
		times_append_number(times, run->passed << RUN_BITS | run->more);
}

static void
run_add(struct time_run *run, int64_t clock, GString *times)
{
	int64_t passed = clock - run->when % TIMES_DAY;

	passed += passed < 0 ? TIMES_DAY : 0;
	run->when += passed;
	if (passed == 0 && run->any && run->more < RUN_MAX) {
		run->more++;
		return;
	}
	run_write(run, times);
	run->passed = (uint64_t)passed;
	run->more = 0;
	run->any = true;
}

/* What comes behind the first line's time. */
static bool
lines_take_apart(const struct conversation_words *words, const char *line, const char *end,
    struct time_run *run, GString *parts, GString *times)
{
	while (line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		const char *behind = line + TIMES_CLOCK_LENGTH + 1;
		int64_t clock;

		if (next == NULL || line_is_timed(line, next))
			return false;
		if (next > behind && behind[-1] == ' ' && line_is_timed(behind, next) &&
		    (clock = times_read_clock(line)) >= 0) {
			run_add(run, clock, times);
			line = behind;
		}
		next++;
		conversation_words_mark(words, line, (size_t)(next - line), parts);
		line = next;
	}
	run_write(run, times);
	return true;
}

/* The compiler takes them all at a time. */
static bool
block_has_marks(const char *block)
{
	unsigned char marks = 0;

	for (unsigned i = 0; i < BLOCK; i++)
		marks |= conversation_is_mark(block[i]);
	return marks != 0;
}

/* The first mark, or the end. */
static const char *
mark_find(const char *at, const char *end)
{
	while (end - at >= BLOCK && !block_has_marks(at))
		at += BLOCK;
	while (at < end && !conversation_is_mark(*at))
		at++;
	return at;
}

static bool
text_has_marks(const char *text, size_t length)
{
	return mark_find(text, text + length) < text + length;
}

bool
conversation_take_apart(const struct conversation_key *key, const char *text, size_t length,
    GString *parts, GString *times)
{
	const char *end = text + length, *behind;
	size_t prefix = attempt_prefix(text, end);
	struct conversation_words words;
	struct time_run run = {0};

	if (prefix == 0 || length < prefix + TIMES_ISO_LENGTH ||
	    !times_read_iso(text + prefix, &run.when) || text_has_marks(text, length))
		return false;
	behind = text + prefix + TIMES_ISO_LENGTH;
	conversation_words_init(&words, key);
	conversation_words_find(&words, text, length, behind + (behind < end ? 1 : 0));
	g_string_truncate(parts, 0);
	for (enum conversation_word which = WORD_CLIENT; which < WORDS_END; which++) {
		g_string_append_len(parts, words.word[which], (ssize_t)words.length[which]);
		g_string_append_c(parts, '\n');
	}
	g_string_truncate(times, 0);
	times_append_number(times, number_from_signed(run.when - day_begin(key)));
	g_string_append_len(parts, text, (ssize_t)prefix);
	if (!lines_take_apart(&words, behind, end, &run, parts, times))
		return false;
	g_string_append_c(parts, '\0');
	g_string_append_len(parts, times->str, (ssize_t)times->len);
	return true;
}

static bool
bytes_append(GString *text, const char *bytes, size_t length)
{
	if (text->len + length > CONVERSATION_TEXT_MAX)
		return false;
	text_append(text, bytes, length);
	return true;
}

/* With words in place of marks. */
static bool
line_append(
    GString *text, const struct conversation_words *words, const char *line, const char *end)
{
	const char *plain = line, *at;

	while ((at = mark_find(plain, end)) < end) {
		if (!bytes_append(text, plain, (size_t)(at - plain)) ||
		    !bytes_append(text, words->word[(int)*at], words->length[(int)*at]))
			return false;
		plain = at + 1;
	}
	return bytes_append(text, plain, (size_t)(end - plain));
}

/* The next line's time. */
static bool
run_read(struct time_run *run, const char **times, const char *end)
{
	uint64_t number;

	if (run->more > 0) {
		run->more--;
		return true;
	}
	if (!times_read_number(times, end, &number) || number >> RUN_BITS >= TIMES_DAY)
		return false;
	run->when += (int64_t)(number >> RUN_BITS);
	run->more = number & RUN_MAX;
	times_write_clock(run->when, run->clock);
	return true;
}

/* Puts its time before each line that has one; true when times and lines end together. */
static bool
lines_put_together(const struct conversation_words *words, const char *line, const char *line_end,
    struct time_run *run, const char *times, const char *times_end, GString *text)
{
	while (line < line_end) {
		const char *next = memchr(line, '\n', (size_t)(line_end - line));

		if (next == NULL)
			return false;
		if (line_is_timed(line, next)) {
			if (!run_read(run, &times, times_end) ||
			    text->len + TIMES_CLOCK_LENGTH + 1 > CONVERSATION_TEXT_MAX)
				return false;
			text_append(text, run->clock, TIMES_CLOCK_LENGTH);
			g_string_append_c(text, ' ');
		}
		next++;
		if (!line_append(text, words, line, next))
			return false;
		line = next;
	}
	return times == times_end && run->more == 0;
}

/* Returns where the text begins; NULL: there is none. */
static const char *
words_read(struct conversation_words *words, const char *at, const char *end)
{
	for (enum conversation_word which = WORD_CLIENT; which < WORDS_END; which++) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		if (next == NULL)
			return NULL;
		words->word[which] = at;
		words->length[which] = (size_t)(next - at);
		at = next + 1;
	}
	return at;
}

bool
conversation_put_together(
    const struct conversation_key *key, const char *parts, size_t length, GString *text)
{
	const char *end = parts + length, *text_end = memchr(parts, '\0', length), *line, *times;
	struct conversation_words words;
	struct time_run run = {0};
	size_t prefix;
	uint64_t number;

	if (text_end == NULL)
		return false;
	conversation_words_init(&words, key);
	line = words_read(&words, parts, text_end);
	times = text_end + 1;
	if (line == NULL || !times_read_number(&times, end, &number))
		return false;
	run.when = day_begin(key) + number_to_signed(number);
	prefix = attempt_prefix(line, text_end);
	if (run.when < 0 || run.when >= BEGIN_MAX || prefix == 0 ||
	    text->len + prefix + TIMES_ISO_LENGTH > CONVERSATION_TEXT_MAX)
		return false;
	g_string_append_len(text, line, (ssize_t)prefix);
	times_append_iso(text, run.when);
	return lines_put_together(&words, line + prefix, text_end, &run, times, end, text);
}
