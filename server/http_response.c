#include "server/http_response.h"

#include <string.h>
#include <time.h>

#include <event2/util.h>
#include <http_parser.h>

#include "base/text.h"

enum { DATE_BYTES = 48 };

/* Made once in a second, for it is told in each answer. */
static const char *
date_now(void)
{
	static _Thread_local char date[DATE_BYTES];
	static _Thread_local time_t made_at;
	time_t now = time(NULL);

	if (now == made_at)
		return date;
	evutil_date_rfc1123(date, sizeof(date), NULL);
	made_at = now;
	return date;
}

void
http_response_begin(GString *head, unsigned minor, int status)
{
	g_string_append_printf(
	    head, "HTTP/1.%u %d %s\r\n", minor, status, http_status_str((enum http_status)status));
	http_response_field(head, "Date", date_now());
}

void
http_response_field(GString *head, const char *name, const char *value)
{
	text_append(head, name, strlen(name));
	text_append(head, ": ", 2);
	text_append(head, value, strlen(value));
	text_append(head, "\r\n", 2);
}

void
http_response_end(GString *head, size_t body_length)
{
	g_string_append_printf(head, "Content-Length: %zu\r\n\r\n", body_length);
}

void
http_response_end_empty(GString *head)
{
	g_string_append(head, "\r\n");
}
