#include "server/http_response.h"

#include <event2/util.h>
#include <http_parser.h>

enum { DATE_BYTES = 48 };

void
http_response_begin(GString *head, unsigned minor, int status)
{
	char date[DATE_BYTES];

	evutil_date_rfc1123(date, sizeof(date), NULL);
	g_string_append_printf(head, "HTTP/1.%u %d %s\r\nDate: %s\r\n", minor, status,
	    http_status_str((enum http_status)status), date);
}

void
http_response_field(GString *head, const char *name, const char *value)
{
	g_string_append(head, name);
	g_string_append(head, ": ");
	g_string_append(head, value);
	g_string_append(head, "\r\n");
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
