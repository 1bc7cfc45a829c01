#include "server/queue_reason.h"

#include <stdlib.h>

#include <glib.h>

#include "services/relay/deliver/attempt_words.h"

/* Of the last reply that puts off: "... < 451 4.3.0 later". 0: there was none. */
static unsigned
reason_code(const char *transcript)
{
	static const char mark[] = " < 4";
	const char *last = g_strrstr(transcript, mark);

	return last != NULL ? (unsigned)strtoul(last + sizeof(mark) - 2, NULL, 10) : 0;
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
	attempt->smtp_code = reason_code(transcript);
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
