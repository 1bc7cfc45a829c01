#include "server/queue_reason.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "services/relay/deliver/attempt_words.h"

enum { CODE_LENGTH = 3 };

/*
 * Of the last reply that puts off, or refuses: "... < 451 4.3.0 later"; of the last with the result's status, if there is one: DATA after refused
 * recipients is refused, too. 0: there was none.
 */
static unsigned
reason_code(const char *result, const char *transcript)
{
	bool is_later = g_str_has_prefix(result, "deferred");
	const char *mark = is_later ? " < 4" : " < 5", *last = NULL, *same = NULL;
	const char *status = strchr(result, ' ');

	for (const char *at = strstr(transcript, mark); at != NULL; at = strstr(at + 1, mark)) {
		last = at + strlen(" < ");
		if (status != NULL && strlen(last) > CODE_LENGTH &&
		    g_str_has_prefix(last + CODE_LENGTH + 1, status + 1))
			same = last;
	}
	if (same != NULL)
		last = same;
	return last != NULL ? (unsigned)strtoul(last, NULL, 10) : 0;
}

char *
queue_reason(const char *result, const char *transcript)
{
	struct attempt *attempt;
	struct attempt_words words;
	char *reason;

	if (result[0] == '\0')
		return g_strdup("");
	attempt = attempt_create(1);
	attempt->result = g_strdup(result);
	attempt->smtp_code = reason_code(result, transcript);
	g_string_append(attempt->transcript, transcript);
	attempt_words_read(attempt, &words);
	if (words.reply != NULL)
		reason = g_strdup_printf(
		    "%s said: %s", words.remote != NULL ? words.remote : "the server", words.reply);
	else
		reason = g_strdup(words.note != NULL ? words.note : result);
	attempt_words_clear(&words);
	attempt_free(attempt);
	return reason;
}
