#include <string.h>

#include "services/relay/check/dns_check_private.h"

enum { TXT_STRING_MAX = 255 }; /* RFC 1035 3.3 */

static bool
text_begins(const char *text, const char *version)
{
	size_t length = strlen(version);

	return g_ascii_strncasecmp(text, version, length) == 0 && !g_ascii_isalnum(text[length]);
}

enum dns_check_single
dns_check_find_text(struct dns_check *check, const char *name, const char *version, char **text)
{
	struct dns_answer *answer = dns_client_ask(check->client, name, RESOLVER_TXT);
	GPtrArray *texts = dns_answer_texts(answer);
	enum dns_check_single single = DNS_CHECK_ONE;

	for (guint i = texts->len; i-- > 0;)
		if (version != NULL && !text_begins(texts->pdata[i], version))
			g_ptr_array_remove_index(texts, i);
	if (texts->len == 1) {
		*text = g_strdup(texts->pdata[0]);
	} else if (texts->len > 1) {
		single = DNS_CHECK_SEVERAL;
		*text = g_strdup_printf("%u records, where one is allowed", texts->len);
	} else {
		single = answer->outcome == RESOLVER_FAILED ? DNS_CHECK_UNKNOWN : DNS_CHECK_NONE;
		*text = answer->outcome == RESOLVER_FOUND ? g_strdup("none")
							  : dns_answer_absence(answer);
	}
	g_ptr_array_unref(texts);
	dns_answer_free(answer);
	return single;
}

char *
dns_check_text_line(const char *name, const char *text)
{
	GString *line = g_string_new(name);
	size_t length = strlen(text);

	g_string_append(line, ". IN TXT");
	for (size_t at = 0; at < length; at += TXT_STRING_MAX) {
		g_autofree char *string = g_strndup(text + at, TXT_STRING_MAX);
		g_autofree char *escaped = g_strescape(string, NULL);

		g_string_append_printf(line, " \"%s\"", escaped);
	}
	return g_string_free(line, FALSE);
}
