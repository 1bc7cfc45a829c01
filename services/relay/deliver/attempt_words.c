#include "services/relay/deliver/attempt_words.h"

#include <stdbool.h>
#include <string.h>

enum {
	REPLY_BYTES = 1000, /* then further lines of it are left out */
	REPLY_CODE_LENGTH = 3,
	TIME_LENGTH = sizeof("12:34:56.789") - 1
};

struct words_reading {
	char code[sizeof("550")]; /* of the reply that is looked for */
	const char *enhanced;     /* its enhanced code, where it had one */
	char *host;               /* asked at this line */
	char *reply;              /* being read; or NULL */
	bool is_exact;            /* the one found has the enhanced code too */
};

static void
words_replace(char **place, char *text)
{
	g_free(*place);
	*place = text;
}

/* "mx.example.net [192.0.2.1]:25": a domain without an address is no host. An address is written as RFC 3464 2.1.2 has it. */
static char *
host_name(const char *where)
{
	const char *space = strchr(where, ' ');
	g_autofree char *name = NULL;

	if (space == NULL)
		return NULL;
	name = g_strndup(where, (size_t)(space - where));
	if (!g_hostname_is_ip_address(name))
		return g_steal_pointer(&name);
	return g_strdup_printf(strchr(name, ':') != NULL ? "[IPv6:%s]" : "[%s]", name);
}

/* Of several that fit the last, but rather one with the enhanced code as well: pipelined commands are answered after a refusal. */
static void
words_take_reply(struct words_reading *reading, struct attempt_words *words)
{
	char *reply = g_steal_pointer(&reading->reply);
	bool is_exact = strstr(reply, reading->enhanced) != NULL;

	if (strncmp(reply, reading->code, REPLY_CODE_LENGTH) != 0 ||
	    (reading->is_exact && !is_exact)) {
		g_free(reply);
		return;
	}
	reading->is_exact = is_exact;
	words_replace(&words->reply, reply);
	words_replace(&words->remote, g_strdup(reading->host));
}

/* "550-first", "550 last": RFC 5321 4.2.1. */
static void
words_read_reply(struct words_reading *reading, const char *line, struct attempt_words *words)
{
	bool goes_on = strlen(line) > REPLY_CODE_LENGTH && line[REPLY_CODE_LENGTH] == '-';
	char *joined;

	if (reading->reply == NULL) {
		joined = g_strdup(line);
		if (goes_on)
			joined[REPLY_CODE_LENGTH] = ' ';
	} else if (strlen(reading->reply) >= REPLY_BYTES) {
		joined = g_strdup(reading->reply);
	} else {
		const char *text =
		    strlen(line) > REPLY_CODE_LENGTH ? line + REPLY_CODE_LENGTH + 1 : "";

		joined = g_strdup_printf("%s %s", reading->reply, text);
	}
	words_replace(&reading->reply, joined);
	if (!goes_on)
		words_take_reply(reading, words);
}

static void
words_read_line(struct words_reading *reading, const char *line, struct attempt_words *words)
{
	static const char trying[] = "trying ";
	const char *mark = line + TIME_LENGTH;

	if (strlen(line) < TIME_LENGTH + strlen(" = ") || mark[0] != ' ' || mark[2] != ' ')
		return;
	if (mark[1] == '<') {
		words_read_reply(reading, mark + 3, words);
		return;
	}
	if (mark[1] != '=')
		return;
	words_replace(&words->note, g_strdup(mark + 3));
	if (g_str_has_prefix(mark + 3, trying))
		words_replace(&reading->host, host_name(mark + 3 + strlen(trying)));
}

/* "attempt 1 2026-11-24T09:45:00.000Z mx.example.net [192.0.2.1]:25" */
static char *
first_host(const char *line)
{
	for (int words = 0; words < 3; words++) {
		line = strchr(line, ' ');
		if (line == NULL)
			return NULL;
		line++;
	}
	return host_name(line);
}

void
attempt_words_read(const struct attempt *attempt, struct attempt_words *words)
{
	char **lines = g_strsplit(attempt->transcript->str, "\n", -1);
	const char *space = strchr(attempt->result, ' ');
	struct words_reading reading = {.enhanced = space != NULL ? space + 1 : ""};

	*words = (struct attempt_words){0};
	g_snprintf(reading.code, sizeof(reading.code), "%u", attempt->smtp_code);
	reading.host = lines[0] != NULL ? first_host(lines[0]) : NULL;
	for (char **line = lines; *line != NULL; line++)
		words_read_line(&reading, *line, words);
	g_free(reading.host);
	g_free(reading.reply);
	g_strfreev(lines);
	if (words->reply != NULL)
		g_clear_pointer(&words->note, g_free);
}

void
attempt_words_clear(struct attempt_words *words)
{
	g_free(words->remote);
	g_free(words->reply);
	g_free(words->note);
}
