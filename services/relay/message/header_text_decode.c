#include "services/relay/message/header_text.h"

#include <stdbool.h>
#include <string.h>

#include "services/relay/message/charset.h"

/* One encoded word, RFC 2047 2: =?charset?encoding?payload?= */
struct word {
	const char *charset;
	size_t charset_length;
	char encoding; /* 'Q' or 'B' */
	const char *payload;
	size_t payload_length;
	const char *end;
};

struct decoder {
	const char *at;
	const char *end;
	const char
	    *close; /* the "?=" found last, or end: found once, so hostile text costs no more */
	GString *out;
	GArray *run;             /* struct word: adjacent, of one character set, not yet decoded */
	struct charset *charset; /* of the run, or of the last one */
	unsigned words;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 5322 2.2.3. A tab after the line's end stands for the space that was there before folding. */
static GString *
unfold(const char *value, size_t length)
{
	GString *text = g_string_sized_new(length);

	for (size_t i = 0; i < length; i++) {
		size_t end = i + (value[i] == '\r' && i + 1 < length && value[i + 1] == '\n');

		if (value[end] == '\n' && end + 1 < length && is_blank(value[end + 1])) {
			g_string_append_c(text, ' ');
			i = end + 1;
		} else {
			g_string_append_c(text, value[i]);
		}
	}
	return text;
}

static void
raw_append(GString *out, const char *text, size_t length)
{
	if (charset_is_utf8(text, length)) {
		g_string_append_len(out, text, (gssize)length);
		return;
	}
	for (size_t i = 0; i < length; i++)
		g_string_append_unichar(out, (unsigned char)text[i]);
}

static bool
payload_is_base64(const char *payload, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!g_ascii_isalnum(payload[i]) && memchr("+/= \t", payload[i], 5) == NULL)
			return false;
	return true;
}

/* Reads the word that starts at decoder->at ("=?"), grammar only. */
static bool
word_read(struct decoder *decoder, struct word *word)
{
	const char *at = decoder->at + 2;
	const char *end = decoder->end;
	const char *star;

	word->charset = at;
	while (at < end && *at != '?' && (size_t)(at - word->charset) <= CHARSET_NAME_MAX * 2)
		at++;
	if (end - at < 3 || *at != '?' || at[2] != '?')
		return false;
	star = memchr(word->charset, '*', (size_t)(at - word->charset));
	word->charset_length = (size_t)((star != NULL ? star : at) - word->charset);
	word->encoding = g_ascii_toupper(at[1]);
	word->payload = at + 3;
	if (word->encoding != 'Q' && word->encoding != 'B')
		return false;
	if (decoder->close < word->payload) {
		decoder->close = memmem(word->payload, (size_t)(end - word->payload), "?=", 2);
		if (decoder->close == NULL)
			decoder->close = end;
	}
	if (decoder->close == end)
		return false;
	word->payload_length = (size_t)(decoder->close - word->payload);
	word->end = decoder->close + 2;
	return word->encoding == 'Q' || payload_is_base64(word->payload, word->payload_length);
}

/* RFC 2047 4.2. What is no hexadecimal pair stays. */
static void
quoted_decode(const struct word *word, GString *bytes)
{
	for (size_t i = 0; i < word->payload_length; i++) {
		char c = word->payload[i];

		if (c == '_') {
			c = ' ';
		} else if (c == '=' && i + 2 < word->payload_length &&
		    g_ascii_isxdigit(word->payload[i + 1]) &&
		    g_ascii_isxdigit(word->payload[i + 2])) {
			c = (char)(g_ascii_xdigit_value(word->payload[i + 1]) << 4 |
			    g_ascii_xdigit_value(word->payload[i + 2]));
			i += 2;
		}
		g_string_append_c(bytes, c);
	}
}

/* Unlike GLib's decoder it needs no padding at the end. bits: those left over from the word before, `held` many. */
struct base64_rest {
	unsigned bits;
	unsigned held;
};

static void
base64_decode(const struct word *word, struct base64_rest *rest, GString *bytes)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < word->payload_length; i++) {
		const char *digit;

		if (word->payload[i] == '=')
			*rest = (struct base64_rest){0};
		if (word->payload[i] == '=' || is_blank(word->payload[i]))
			continue;
		digit = strchr(digits, word->payload[i]);
		rest->bits = (rest->bits << 6 | (unsigned)(digit - digits)) & 0xffff;
		rest->held += 6;
		if (rest->held >= 8) {
			rest->held -= 8;
			g_string_append_c(bytes, (char)(rest->bits >> rest->held));
		}
	}
}

/* How senders cut a text into words, in the order of what is tried. */
enum cut {
	CUT_BYTES,     /* anywhere between bytes: right, or within a character */
	CUT_BASE64,    /* anywhere within the base64 text */
	CUT_CHARACTERS /* each word stands for itself, as RFC 2047 5 wants it */
};

/* Returns how much of the run could not be decoded that way. */
static unsigned
run_decode(const struct decoder *decoder, enum cut cut, GString *out)
{
	GString *bytes = g_string_new(NULL);
	struct base64_rest rest = {0};
	unsigned bad = 0;

	for (unsigned i = 0; i < decoder->run->len; i++) {
		const struct word *word = &g_array_index(decoder->run, struct word, i);

		if (cut != CUT_BASE64)
			rest = (struct base64_rest){0};
		if (word->encoding == 'B')
			base64_decode(word, &rest, bytes);
		else
			quoted_decode(word, bytes);
		if (rest.held == 6 && cut != CUT_BASE64)
			bad++;
		if (cut == CUT_CHARACTERS) {
			bad += charset_decode(decoder->charset, bytes->str, bytes->len, out);
			g_string_truncate(bytes, 0);
		}
	}
	if (rest.held == 6 && cut == CUT_BASE64)
		bad++;
	bad += charset_decode(decoder->charset, bytes->str, bytes->len, out);
	g_string_free(bytes, TRUE);
	return bad;
}

/* Decodes what was gathered, in the way that loses least. */
static void
run_end(struct decoder *decoder)
{
	GString *best = NULL;
	unsigned least = 0;

	if (decoder->run->len == 0)
		return;
	for (enum cut cut = CUT_BYTES; cut <= CUT_CHARACTERS; cut++) {
		GString *text = g_string_new(NULL);
		unsigned bad = run_decode(decoder, cut, text);

		if (best == NULL || bad < least) {
			GString *worse = best;

			best = text;
			least = bad;
			text = worse;
		}
		if (text != NULL)
			g_string_free(text, TRUE);
		if (least == 0 || decoder->run->len == 1)
			break;
	}
	g_string_append_len(decoder->out, best->str, (gssize)best->len);
	g_string_free(best, TRUE);
	decoder->words += decoder->run->len;
	g_array_set_size(decoder->run, 0);
}

static bool
is_all_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!is_blank(text[i]))
			return false;
	return true;
}

/* Appends the raw text before a word or at the end. */
static void
gap_append(struct decoder *decoder, const char *text, size_t length)
{
	run_end(decoder);
	raw_append(decoder->out, text, length);
}

/* Takes a word and the raw text of gap bytes before it. Returns false, with nothing taken, when its
 * character set is not known. */
static bool
word_take(struct decoder *decoder, const struct word *word, const char *gap, size_t gap_length)
{
	struct charset *charset = NULL;

	if (decoder->charset == NULL ||
	    !charset_is(decoder->charset, word->charset, word->charset_length)) {
		charset = charset_open(word->charset, word->charset_length);
		if (charset == NULL)
			return false;
	}
	/* RFC 2047 6.2: white space between two words is none of the text. */
	if (decoder->run->len == 0 || !is_all_blank(gap, gap_length))
		gap_append(decoder, gap, gap_length);
	if (charset != NULL) {
		run_end(decoder);
		charset_close(decoder->charset);
		decoder->charset = charset;
	}
	g_array_append_val(decoder->run, *word);
	return true;
}

static void
text_decode(struct decoder *decoder)
{
	const char *gap = decoder->at; /* raw text not yet appended */

	while (decoder->at < decoder->end) {
		struct word word;

		decoder->at = memmem(decoder->at, (size_t)(decoder->end - decoder->at), "=?", 2);
		if (decoder->at == NULL)
			break;
		if (!word_read(decoder, &word)) {
			decoder->at += 2;
			continue;
		}
		if (word_take(decoder, &word, gap, (size_t)(decoder->at - gap)))
			gap = word.end;
		decoder->at = word.end;
	}
	gap_append(decoder, gap, (size_t)(decoder->end - gap));
}

GString *
header_text_decode(const char *value, size_t length, unsigned *words)
{
	GString *text = unfold(value, length);
	struct decoder decoder = {
	    .at = text->str,
	    .end = text->str + text->len,
	    .close = text->str,
	    .out = g_string_sized_new(text->len),
	    .run = g_array_new(FALSE, FALSE, sizeof(struct word)),
	};

	text_decode(&decoder);
	if (words != NULL)
		*words = decoder.words;
	charset_close(decoder.charset);
	g_array_free(decoder.run, TRUE);
	g_string_free(text, TRUE);
	return decoder.out;
}

void
header_text_clean(GString *text)
{
	size_t start = 0;
	char *to = text->str;

	for (const char *at = text->str, *end = at + text->len; at < end;) {
		const char *next = g_utf8_next_char(at);

		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			*to++ = ' ';
		else
			while (at < next)
				*to++ = *at++;
		at = next;
	}
	g_string_truncate(text, (size_t)(to - text->str));
	while (text->len > 0 && text->str[text->len - 1] == ' ')
		g_string_truncate(text, text->len - 1);
	while (start < text->len && text->str[start] == ' ')
		start++;
	g_string_erase(text, 0, (gssize)start);
}
