#include "services/relay/message/bounce_reply.h"

#include <string.h>

enum { ADDRESS_MAX = 320, STATUS_DIGITS_MAX = 3 };

/* Digits, at most STATUS_DIGITS_MAX; 0: none, or more. */
static size_t
count_digits(const char *text)
{
	size_t count = strspn(text, "0123456789");

	return count <= STATUS_DIGITS_MAX ? count : 0;
}

/* Whether no word or number goes on here. */
static bool
is_start(const char *text, const char *place)
{
	return place == text ||
	    (!g_ascii_isalnum(place[-1]) && place[-1] != '.' && place[-1] != '@');
}

int
bounce_reply_code(const char *text)
{
	for (const char *at = text; (at = strpbrk(at, "45")) != NULL; at++) {
		if (!is_start(text, at) || count_digits(at) != 3 || at[1] > '5')
			continue;
		if (at[3] == '\0' || strchr(" -\r\n\t#", at[3]) != NULL)
			return (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
	}
	return 0;
}

/* The length of a status code that begins here; 0: none does. */
static size_t
status_length(const char *at)
{
	size_t subject, detail;

	if ((at[0] != '4' && at[0] != '5') || at[1] != '.')
		return 0;
	subject = count_digits(at + 2);
	if (subject == 0 || at[2 + subject] != '.')
		return 0;
	detail = count_digits(at + 2 + subject + 1);
	if (detail == 0)
		return 0;
	at += 2 + subject + 1 + detail;
	/* An IP address, a version or a host's name goes on. */
	if (g_ascii_isalnum(at[0]) || (at[0] == '.' && g_ascii_isalnum(at[1])))
		return 0;
	return 2 + subject + 1 + detail;
}

bool
bounce_reply_status(const char *text, char status[BOUNCE_STATUS_SIZE])
{
	status[0] = '\0';
	for (const char *at = text; (at = strpbrk(at, "45")) != NULL; at++) {
		size_t length = is_start(text, at) ? status_length(at) : 0;

		if (length == 0)
			continue;
		g_strlcpy(status, at, length + 1);
		return true;
	}
	return false;
}

static bool
is_address_byte(char c)
{
	return g_ascii_isalnum(c) || (c & 0x80) != 0 ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool
is_domain_byte(char c)
{
	return g_ascii_isalnum(c) || (c & 0x80) != 0 || c == '-' || c == '.';
}

char *
bounce_reply_address(const char *text)
{
	for (const char *at = text; (at = strchr(at, '@')) != NULL; at++) {
		const char *start = at, *end = at + 1;

		while (start > text && at - start < ADDRESS_MAX && is_address_byte(start[-1]))
			start--;
		while (end - at < ADDRESS_MAX && is_domain_byte(*end))
			end++;
		while (end > at + 1 && (end[-1] == '.' || end[-1] == '-'))
			end--;
		if (start == at || end == at + 1)
			continue;
		g_autofree char *found = g_strndup(start, (gsize)(end - start));

		return g_utf8_make_valid(found, -1);
	}
	return NULL;
}

enum bounce_kind
bounce_reply_kind(int smtp_code, const char *status, enum bounce_kind otherwise)
{
	if (status[0] == '5' || (status[0] == '\0' && smtp_code >= 500))
		return BOUNCE_PERMANENT;
	if (status[0] == '4' || (status[0] == '\0' && smtp_code >= 400))
		return BOUNCE_TRANSIENT;
	return otherwise;
}

char *
bounce_reply_line(const char *text)
{
	GString *line = g_string_sized_new(BOUNCE_TEXT_MAX);
	char *valid;

	for (; *text != '\0' && line->len < BOUNCE_TEXT_MAX; text++) {
		bool is_blank = g_ascii_isspace(*text) || g_ascii_iscntrl(*text);

		if (!is_blank)
			g_string_append_c(line, *text);
		else if (line->len > 0 && line->str[line->len - 1] != ' ')
			g_string_append_c(line, ' ');
	}
	g_strchomp(line->str);
	valid = g_utf8_make_valid(line->str, -1);
	g_string_free(line, TRUE);
	/* U+FFFD is longer than the byte that it stands for. */
	if (strlen(valid) > BOUNCE_TEXT_MAX)
		*g_utf8_find_prev_char(valid, valid + BOUNCE_TEXT_MAX + 1) = '\0';
	return valid;
}
