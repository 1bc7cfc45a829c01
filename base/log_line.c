#include "base/log_line.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

enum {
	LOG_END_BYTES = 2, /* what ends a line: } and a line feed */
	LOG_NUMBER_MAX = 64
};

static const char cut_mark[] = "...";

/* A field's value before it is escaped. */
struct log_value {
	char bytes[LOG_VALUE_MAX + sizeof(cut_mark)];
	size_t length;
	unsigned pieces; /* conversions and literals in it */
	bool is_number;  /* of its only piece */
	bool is_null;    /* likewise */
	bool is_cut;
};

/* What is left of a call's arguments: functions that take it in turn each take some. */
struct log_arguments {
	va_list list;
};

enum log_length { LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG, LENGTH_SIZE };

static bool
line_has_room(const struct log_line *line, size_t bytes)
{
	return line->length + bytes + LOG_END_BYTES <= sizeof(line->bytes);
}

static void
line_put(struct log_line *line, const char *bytes, size_t length)
{
	if (line->is_full || !line_has_room(line, length)) {
		line->is_full = true;
		return;
	}
	memcpy(line->bytes + line->length, bytes, length);
	line->length += length;
}

static void
line_put_octets(struct log_line *line, const char *octets, size_t length)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < length; i++) {
		unsigned char octet = (unsigned char)octets[i];
		const char shown[] = {'\\', '\\', 'x', digits[octet >> 4], digits[octet & 15]};
		/* In JSON the backslash itself is escaped (RFC 8259 section 7). */
		size_t from = line->format == LOG_FORMAT_JSON ? 0 : 1;

		line_put(line, shown + from, sizeof(shown) - from);
	}
}

static bool
ascii_is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static bool
character_is_shown(gunichar c)
{
	/* What others read as the end of a line is none. */
	return g_unichar_isprint(c) && c != 0x2028 && c != 0x2029;
}

/* How many octets the character has that starts there; printable: whether it is shown as it is. */
static size_t
character_length(const char *at, const char *end, bool *printable)
{
	gunichar c = g_utf8_get_char_validated(at, end - at);

	*printable = c != (gunichar)-1 && c != (gunichar)-2 && character_is_shown(c);
	return c == (gunichar)-1 || c == (gunichar)-2 ? 1 : (size_t)(g_utf8_next_char(at) - at);
}

static void
line_put_escaped(struct log_line *line, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *plain = text;
		bool printable;
		size_t octets;

		while (text < end && ascii_is_plain(*text))
			text++;
		line_put(line, plain, (size_t)(text - plain));
		if (text == end)
			return;
		octets = character_length(text, end, &printable);
		if (*text == '"' || *text == '\\') {
			line_put(line, "\\", 1);
			line_put(line, text, 1);
		} else if (printable) {
			line_put(line, text, octets);
		} else {
			line_put_octets(line, text, octets);
		}
		text += octets;
	}
}

static void
line_put_quoted(struct log_line *line, const char *text, size_t length)
{
	line_put(line, "\"", 1);
	line_put_escaped(line, text, length);
	line_put(line, "\"", 1);
}

/* Among pairs, what may stand without quotes. */
static bool
value_is_word(const struct log_value *value)
{
	for (size_t i = 0; i < value->length; i++)
		if (!ascii_is_plain(value->bytes[i]) || value->bytes[i] == ' ' ||
		    value->bytes[i] == '=')
			return false;
	return value->length > 0;
}

static void
line_put_key(struct log_line *line, const char *key, size_t length)
{
	if (line->format == LOG_FORMAT_JSON) {
		line_put(line, ",", line->length > 1 ? 1 : 0);
		line_put(line, "\"", 1);
		line_put(line, key, length);
		line_put(line, "\":", 2);
		return;
	}
	line_put(line, " ", line->length > 0 ? 1 : 0);
	line_put(line, key, length);
	line_put(line, "=", 1);
}

/* A field that did not fit is taken back whole. */
static void
line_settle(struct log_line *line, size_t before)
{
	if (line->is_full)
		line->length = before;
}

static void
line_add_value(struct log_line *line, const char *key, size_t key_length, struct log_value *value,
    bool is_quoted)
{
	bool is_json = line->format == LOG_FORMAT_JSON;
	size_t before = line->length;

	if (line->is_full || (value->is_null && value->pieces == 1))
		return;
	if (value->is_cut) {
		memcpy(value->bytes + value->length, cut_mark, strlen(cut_mark));
		value->length += strlen(cut_mark);
	}
	line_put_key(line, key, key_length);
	if (is_json ? value->is_number && value->pieces == 1 && !is_quoted
		    : !is_quoted && value_is_word(value))
		line_put(line, value->bytes, value->length);
	else
		line_put_quoted(line, value->bytes, value->length);
	line_settle(line, before);
}

static void
value_put(struct log_value *value, const char *bytes, size_t length)
{
	size_t room = LOG_VALUE_MAX - value->length;

	if (length > room) {
		value->is_cut = true;
		length = room;
	}
	memcpy(value->bytes + value->length, bytes, length);
	value->length += length;
}

static void
value_put_decimal(struct log_value *value, uint64_t magnitude, bool is_negative)
{
	char digits[sizeof("-18446744073709551615")];
	char *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + magnitude % 10);
		magnitude /= 10;
	} while (magnitude > 0);
	if (is_negative)
		*--at = '-';
	value_put(value, at, (size_t)(digits + sizeof(digits) - at));
}

static int64_t
argument_signed(struct log_arguments *arguments, enum log_length length)
{
	switch (length) {
	case LENGTH_INT:
		return va_arg(arguments->list, int);
	case LENGTH_LONG:
		return va_arg(arguments->list, long);
	case LENGTH_LONG_LONG:
		return va_arg(arguments->list, long long);
	case LENGTH_SIZE:
		return va_arg(arguments->list, ssize_t);
	}
	return 0;
}

static uint64_t
argument_unsigned(struct log_arguments *arguments, enum log_length length)
{
	switch (length) {
	case LENGTH_INT:
		return va_arg(arguments->list, unsigned);
	case LENGTH_LONG:
		return va_arg(arguments->list, unsigned long);
	case LENGTH_LONG_LONG:
		return va_arg(arguments->list, unsigned long long);
	case LENGTH_SIZE:
		return va_arg(arguments->list, size_t);
	}
	return 0;
}

/* precision: -1 without one. */
static void
value_put_string(struct log_value *value, const char *text, int precision)
{
	if (text == NULL)
		value->is_null = true;
	else
		value_put(
		    value, text, precision < 0 ? strlen(text) : strnlen(text, (size_t)precision));
}

static void
value_put_double(struct log_value *value, double number, int precision)
{
	char digits[LOG_NUMBER_MAX];
	int length =
	    snprintf(digits, sizeof(digits), "%.*f", precision < 0 ? 6 : precision, number);

	value->is_number = true;
	value_put(value, digits, MIN((size_t)length, sizeof(digits) - 1));
}

static enum log_length
conversion_length(const char **at)
{
	enum log_length length = LENGTH_INT;

	if (**at == 'z') {
		(*at)++;
		return LENGTH_SIZE;
	}
	for (; **at == 'l'; (*at)++)
		length = length == LENGTH_INT ? LENGTH_LONG : LENGTH_LONG_LONG;
	return length;
}

static int
conversion_precision(const char **at, struct log_arguments *arguments)
{
	int precision = 0;

	if (**at != '.')
		return -1;
	if (*++*at == '*') {
		(*at)++;
		return va_arg(arguments->list, int);
	}
	for (; g_ascii_isdigit(**at); (*at)++)
		precision = precision * 10 + (**at - '0');
	return precision;
}

/* One conversion, from its % on; returns what follows it. Those that log calls need: d, i, u, s, f. */
static const char *
value_convert(struct log_value *value, const char *at, struct log_arguments *arguments)
{
	int precision;
	enum log_length length;
	int64_t number;

	at++;
	precision = conversion_precision(&at, arguments);
	length = conversion_length(&at);
	switch (*at) {
	case 'd':
	case 'i':
		number = argument_signed(arguments, length);
		value->is_number = true;
		value_put_decimal(
		    value, number < 0 ? -(uint64_t)number : (uint64_t)number, number < 0);
		break;
	case 'u':
		value->is_number = true;
		value_put_decimal(value, argument_unsigned(arguments, length), false);
		break;
	case 'f':
		value_put_double(value, va_arg(arguments->list, double), precision);
		break;
	case 's':
		value_put_string(value, va_arg(arguments->list, const char *), precision);
		break;
	default: /* none that base/log.h names: what follows cannot be told apart */
		value_put(value, "?", 1);
		return at + strlen(at);
	}
	return at + 1;
}

/* What stands between the ends of a value in the format; returns where `end` (a character, or the format's end) is. */
static const char *
value_read(struct log_value *value, const char *at, char end, struct log_arguments *arguments)
{
	while (*at != '\0' && *at != end) {
		value->pieces++;
		if (*at == '%' && at[1] != '%') {
			at = value_convert(value, at, arguments);
			continue;
		}
		at += *at == '%' ? 1 : 0;
		value_put(value, at, 1);
		at++;
	}
	return at;
}

static size_t
key_length(const char *format)
{
	size_t length = 0;

	while (g_ascii_islower(format[length]) || g_ascii_isdigit(format[length]) ||
	    format[length] == '_')
		length++;
	return format[length] == '=' ? length : 0;
}

void
log_line_add_format(struct log_line *line, const char *format, va_list arguments)
{
	static const char keyless[] = "text";
	struct log_arguments left;

	va_copy(left.list, arguments);
	while (*format != '\0') {
		struct log_value value;
		size_t length = key_length(format);
		const char *key = length > 0 ? format : keyless;
		bool is_quoted = length == 0 || format[length + 1] == '"';

		value.length = 0;
		value.pieces = 0;
		value.is_number = value.is_null = value.is_cut = false;
		if (length == 0)
			format = value_read(&value, format, '\0', &left);
		else if (is_quoted)
			format = value_read(&value, format + length + 2, '"', &left);
		else
			format = value_read(&value, format + length + 1, ' ', &left);
		line_add_value(line, key, length > 0 ? length : strlen(keyless), &value, is_quoted);
		format += is_quoted && *format == '"' ? 1 : 0;
		while (*format == ' ')
			format++;
	}
	va_end(left.list);
}

void
log_line_begin(struct log_line *line, enum log_format format)
{
	line->length = 0;
	line->format = format;
	line->is_full = false;
	if (format == LOG_FORMAT_JSON)
		line_put(line, "{", 1);
}

void
log_line_add_bare(struct log_line *line, const char *key, const char *value)
{
	if (line->format == LOG_FORMAT_JSON) {
		log_line_add_text(line, key, value);
		return;
	}
	line_put(line, " ", line->length > 0 ? 1 : 0);
	line_put_escaped(line, value, strlen(value));
}

void
log_line_add_text(struct log_line *line, const char *key, const char *value)
{
	struct log_value text = {.pieces = 1};

	value_put_string(&text, value, -1);
	line_add_value(line, key, strlen(key), &text, true);
}

void
log_line_end(struct log_line *line)
{
	if (line->format == LOG_FORMAT_JSON)
		line->bytes[line->length++] = '}';
	line->bytes[line->length++] = '\n';
}
