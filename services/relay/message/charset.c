#include "services/relay/message/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#define UTF8 "UTF-8"
#define REPLACEMENT "\xef\xbf\xbd"     /* U+FFFD */
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* U+FEFF */

struct charset {
	char name[CHARSET_NAME_MAX + 1];
	iconv_t converter;     /* (iconv_t)-1 for UTF-8 */
	iconv_t little_endian; /* for UTF-16 and UTF-32 whose mark says so; else (iconv_t)-1 */
	const char *mark;      /* little-endian byte order mark */
	size_t mark_length;
	size_t unit; /* bytes to skip where there is no character */
};

/* What mail programs mean by a name. */
static const struct {
	const char *name;
	const char *iconv_name;
} meanings[] = {
    {"utf8", UTF8},
    {"us-ascii", UTF8},
    {"ascii", UTF8},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"x-sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-8-e", "ISO-8859-8"},
    {"utf-16", "UTF-16BE"},
    {"utf-32", "UTF-32BE"},
};

/* Names that iconv_open() would read otherwise ("//TRANSLIT", "" for the locale's set) are refused. */
static bool
name_is_plain(const char *name, size_t length)
{
	if (length == 0 || length > CHARSET_NAME_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!g_ascii_isalnum(name[i]) && memchr("-_.:+()", name[i], 7) == NULL)
			return false;
	return true;
}

struct charset *
charset_open(const char *name, size_t length)
{
	struct charset *charset;
	const char *iconv_name;

	if (!name_is_plain(name, length))
		return NULL;
	charset = g_new0(struct charset, 1);
	memcpy(charset->name, name, length);
	iconv_name = charset->name;
	for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++)
		if (g_ascii_strcasecmp(charset->name, meanings[i].name) == 0)
			iconv_name = meanings[i].iconv_name;

	charset->converter = charset->little_endian = (iconv_t)-1;
	charset->unit = 1;
	if (g_ascii_strcasecmp(iconv_name, UTF8) == 0)
		return charset;
	charset->converter = iconv_open(UTF8, iconv_name);
	if (charset->converter == (iconv_t)-1) {
		g_free(charset);
		return NULL;
	}
	if (g_ascii_strcasecmp(charset->name, "utf-16") == 0) {
		charset->little_endian = iconv_open(UTF8, "UTF-16LE");
		charset->mark = "\xff\xfe";
		charset->mark_length = charset->unit = 2;
	} else if (g_ascii_strcasecmp(charset->name, "utf-32") == 0) {
		charset->little_endian = iconv_open(UTF8, "UTF-32LE");
		charset->mark = "\xff\xfe\0\0";
		charset->mark_length = charset->unit = 4;
	}
	return charset;
}

void
charset_close(struct charset *charset)
{
	if (charset == NULL)
		return;
	if (charset->converter != (iconv_t)-1)
		iconv_close(charset->converter);
	if (charset->little_endian != (iconv_t)-1)
		iconv_close(charset->little_endian);
	g_free(charset);
}

bool
charset_is(const struct charset *charset, const char *name, size_t length)
{
	return strlen(charset->name) == length &&
	    g_ascii_strncasecmp(charset->name, name, length) == 0;
}

static unsigned
convert(iconv_t converter, size_t unit, const char *bytes, size_t length, GString *out)
{
	char chunk[512];
	char *in = (char *)bytes; /* iconv() takes it without const and does not write */
	char *to = chunk;
	size_t room = sizeof(chunk);
	unsigned bad = 0;

	iconv(converter, NULL, NULL, NULL, NULL);
	while (length > 0) {
		size_t result = iconv(converter, &in, &length, &to, &room);
		int reason = errno;

		g_string_append_len(out, chunk, to - chunk);
		to = chunk;
		room = sizeof(chunk);
		if (result != (size_t)-1 || reason == E2BIG)
			continue;
		g_string_append(out, REPLACEMENT);
		bad++;
		if (reason == EINVAL || length < unit) /* the last character is cut off */
			return bad;
		in += unit;
		length -= unit;
	}
	/* Some sets hold a character back, since a combining one could follow. */
	iconv(converter, NULL, NULL, &to, &room);
	g_string_append_len(out, chunk, to - chunk);
	return bad;
}

static void
marks_remove(GString *text)
{
	char *to = text->str;
	const char *end = text->str + text->len;

	for (const char *from = to; from < end;) {
		if (end - from >= 3 && memcmp(from, BYTE_ORDER_MARK, 3) == 0)
			from += 3;
		else
			*to++ = *from++;
	}
	g_string_truncate(text, (size_t)(to - text->str));
}

/* The first byte that is not of UTF-8, or end. Unlike GLib's, it takes NUL for the character it is. */
static const char *
utf8_end(const char *bytes, const char *end)
{
	const char *bad;

	while (!g_utf8_validate_len(bytes, (gsize)(end - bytes), &bad)) {
		if (*bad != '\0')
			return bad;
		bytes = bad + 1;
	}
	return end;
}

bool
charset_is_utf8(const char *bytes, size_t length)
{
	return utf8_end(bytes, bytes + length) == bytes + length;
}

/* Appends bytes that should be UTF-8. */
static unsigned
utf8_append(GString *out, const char *bytes, size_t length)
{
	const char *end = bytes + length;
	unsigned count = 0;

	for (;;) {
		const char *bad = utf8_end(bytes, end);

		g_string_append_len(out, bytes, bad - bytes);
		if (bad == end)
			return count;
		g_string_append(out, REPLACEMENT);
		count++;
		bytes = bad + 1;
	}
}

unsigned
charset_decode(const struct charset *charset, const char *bytes, size_t length, GString *out)
{
	iconv_t converter = charset->converter;
	GString *text;
	unsigned bad;

	if (converter == (iconv_t)-1)
		return utf8_append(out, bytes, length);
	if (charset->mark_length > 0 && length >= charset->mark_length &&
	    memcmp(bytes, charset->mark, charset->mark_length) == 0)
		converter = charset->little_endian;
	text = g_string_sized_new(length);
	bad = convert(converter, charset->unit, bytes, length, text);
	/* Broken senders start each encoded word with a mark, so it may stand anywhere. */
	if (charset->mark_length > 0)
		marks_remove(text);
	/* glibc takes and gives code points beyond Unicode. */
	bad += utf8_append(out, text->str, text->len);
	g_string_free(text, TRUE);
	return bad;
}
