#include "server/http_response.h"

#include <event2/buffer.h>
#include <event2/util.h>
#include <http_parser.h>

enum { DATE_BYTES = 48 };

void
http_response_begin(struct evbuffer *out, unsigned minor, int status)
{
	char date[DATE_BYTES];

	evutil_date_rfc1123(date, sizeof(date), NULL);
	evbuffer_add_printf(out, "HTTP/1.%u %d %s\r\nDate: %s\r\n", minor, status,
	    http_status_str((enum http_status)status), date);
}

void
http_response_field(struct evbuffer *out, const char *name, const char *value)
{
	evbuffer_add_printf(out, "%s: %s\r\n", name, value);
}

void
http_response_end(struct evbuffer *out, size_t body_length)
{
	evbuffer_add_printf(out, "Content-Length: %zu\r\n\r\n", body_length);
}

void
http_response_end_empty(struct evbuffer *out)
{
	evbuffer_add(out, "\r\n", 2);
}
