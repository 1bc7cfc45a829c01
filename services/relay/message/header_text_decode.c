#include "services/relay/message/header_text.h"

#include <stdbool.h>
#include <string.h>

#include "services/relay/message/charset.h"
#include "services/relay/message/encoded_word.h"

struct decoder {
	const char *at;
	const char *end;
	const char *close; /* for encoded_word_read() */
	GString *out;
	GArray *run; /* struct encoded_word: adjacent, of one character set, not yet decoded */
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
		const struct encoded_word *word =
		    &g_array_index(decoder->run, struct encoded_word, i);

		if (cut != CUT_BASE64)
			rest = (struct base64_rest){0};
		encoded_word_decode(word, &rest, bytes);
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
word_take(
    struct decoder *decoder, const struct encoded_word *word, const char *gap, size_t gap_length)
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
		struct encoded_word word;

		decoder->at = memmem(decoder->at, (size_t)(decoder->end - decoder->at), "=?", 2);
		if (decoder->at == NULL)
			break;
		if (!encoded_word_read(decoder->at, decoder->end, &decoder->close, &word)) {
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
	    .run = g_array_new(FALSE, FALSE, sizeof(struct encoded_word)),
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
