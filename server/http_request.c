#include "server/http_request.h"

#include <stdarg.h>
#include <string.h>

#include <event2/buffer.h>

struct http_request *
http_request_create(const struct http_limits *limits, struct http_budget *budget)
{
	struct http_request *request = g_new0(struct http_request, 1);

	request->method = "";
	request->target = g_string_new(NULL);
	request->path = g_strdup("");
	request->query = g_strdup("");
	request->fields = http_fields_create();
	request->body = g_string_new(NULL);
	request->minor = 1;
	request->limits = limits;
	request->budget = budget;
	http_parser_init(&request->parser, HTTP_REQUEST);
	request->parser.data = request;
	/* The same for all requests: the library keeps it globally. */
	http_parser_set_max_header_size((uint32_t)limits->head_bytes);
	return request;
}

void
http_request_free(struct http_request *request)
{
	if (request == NULL)
		return;
	request->budget->used -= request->claimed;
	g_string_free(request->target, TRUE);
	g_free(request->path);
	g_free(request->query);
	http_fields_free(request->fields);
	g_string_free(request->body, TRUE);
	g_free(request);
}

void
http_request_refuse(struct http_request *request, int status, const char *format, ...)
{
	va_list arguments;

	if (request->status != 0)
		return;
	request->status = status;
	request->keep_alive = false;
	va_start(arguments, format);
	g_vsnprintf(request->reason, sizeof(request->reason), format, arguments);
	va_end(arguments);
}

/* For the parser's callbacks: whether it goes on. */
static int
verdict(const struct http_request *request)
{
	return request->status == 0 ? 0 : -1;
}

static int
on_target(http_parser *parser, const char *at, size_t length)
{
	struct http_request *request = parser->data;

	g_string_append_len(request->target, at, (gssize)length);
	if (request->target->len > HTTP_TARGET_BYTES_MAX)
		http_request_refuse(request, 414,
		    "The path and the query are longer than %d bytes together.",
		    HTTP_TARGET_BYTES_MAX);
	return verdict(request);
}

static int
on_field_name(http_parser *parser, const char *at, size_t length)
{
	struct http_request *request = parser->data;

	/* Trailer fields say nothing here (RFC 9110 6.5.1). */
	if (request->has_head)
		return 0;
	if (!http_fields_add_name(request->fields, at, length))
		http_request_refuse(
		    request, 431, "The header has more than %d fields.", HTTP_FIELDS_MAX);
	return verdict(request);
}

static int
on_field_value(http_parser *parser, const char *at, size_t length)
{
	struct http_request *request = parser->data;

	if (!request->has_head)
		http_fields_add_value(request->fields, at, length);
	return 0;
}

const char *
http_request_field(const struct http_request *request, const char *name)
{
	return http_fields_first(request->fields, name);
}

char *
http_request_field_list(const struct http_request *request, const char *name)
{
	return http_fields_list(request->fields, name);
}

/* Splits a target: "/path?query", "http://host/path?query", or "*" (RFC 9112 3.2). */
static void
target_split(struct http_request *request)
{
	const char *target = request->target->str;
	struct http_parser_url url;
	char *decoded;

	http_parser_url_init(&url);
	if (strcmp(target, "*") == 0) {
		g_free(request->path);
		request->path = g_strdup(target);
		return;
	}
	if (http_parser_parse_url(target, request->target->len, 0, &url) != 0) {
		http_request_refuse(request, 400, "The request's target is no path.");
		return;
	}
	if ((url.field_set & 1 << UF_PATH) != 0) {
		char *raw =
		    g_strndup(target + url.field_data[UF_PATH].off, url.field_data[UF_PATH].len);

		/* NULL: it holds a NUL, or is not encoded as it should: it is none of ours. */
		decoded = g_uri_unescape_string(raw, NULL);
		g_free(request->path);
		request->path = decoded != NULL ? decoded : g_strdup("");
		g_free(raw);
	}
	if ((url.field_set & 1 << UF_QUERY) != 0) {
		g_free(request->query);
		request->query =
		    g_strndup(target + url.field_data[UF_QUERY].off, url.field_data[UF_QUERY].len);
	}
}

static void
fields_check(struct http_request *request)
{
	unsigned hosts = http_fields_count(request->fields, "Host");

	if (!http_fields_have_names(request->fields))
		http_request_refuse(request, 400, "A header field has no proper name.");
	if (hosts != 1 && (request->minor > 0 || hosts > 1))
		http_request_refuse(request, 400, "There is not one Host field.");
}

static void
framing_check(struct http_request *request)
{
	const http_parser *parser = &request->parser;
	const char *coding = http_request_field(request, "Transfer-Encoding");
	unsigned codings = http_fields_count(request->fields, "Transfer-Encoding");
	unsigned lengths = http_fields_count(request->fields, "Content-Length");

	if (codings > 0 && (lengths > 0 || request->minor == 0))
		http_request_refuse(
		    request, 400, "Transfer-Encoding is not for HTTP/1.0, nor beside a length.");
	else if (lengths > 1)
		http_request_refuse(request, 400, "There are two Content-Length fields.");
	else if (codings > 1 || (codings == 1 && g_ascii_strcasecmp(coding, "chunked") != 0))
		http_request_refuse(request, 501, "The one transfer coding known here is chunked.");
	else if (lengths == 1 && parser->content_length > request->limits->body_bytes)
		http_request_refuse(request, 413, "The body is larger than %zu bytes.",
		    request->limits->body_bytes);
}

static void
expectation_check(struct http_request *request)
{
	const char *expected = http_request_field(request, "Expect");

	if (request->minor == 0 || *expected == '\0')
		return;
	if (g_ascii_strcasecmp(expected, "100-continue") == 0)
		request->expects_continue = true;
	else
		http_request_refuse(
		    request, 417, "The one expectation known here is 100-continue.");
}

static int
on_head(http_parser *parser)
{
	struct http_request *request = parser->data;

	request->has_head = true;
	request->method = http_method_str(parser->method);
	request->keep_alive = http_should_keep_alive(parser) && parser->method != HTTP_CONNECT;
	if (parser->http_major != 1)
		http_request_refuse(request, 505, "This server speaks HTTP/1.1 and HTTP/1.0.");
	else
		request->minor = MIN(parser->http_minor, 1U);
	if (parser->method != HTTP_CONNECT)
		target_split(request);
	fields_check(request);
	framing_check(request);
	expectation_check(request);
	return verdict(request);
}

/* A large body takes its bytes of the budget as they come. */
static void
body_claim(struct http_request *request)
{
	size_t more = request->body->len - request->claimed;

	if (request->body->len <= HTTP_BODY_BYTES_SMALL)
		return;
	if (more > request->budget->most - request->budget->used) {
		request->is_overload = request->status == 0;
		http_request_refuse(
		    request, 503, "The server has too much to do just now; try again.");
		return;
	}
	request->budget->used += more;
	request->claimed += more;
}

static int
on_body(http_parser *parser, const char *at, size_t length)
{
	struct http_request *request = parser->data;

	request->expects_continue = false;
	if (length > request->limits->body_bytes - request->body->len) {
		http_request_refuse(request, 413, "The body is larger than %zu bytes.",
		    request->limits->body_bytes);
		return verdict(request);
	}
	g_string_append_len(request->body, at, (gssize)length);
	body_claim(request);
	return verdict(request);
}

/* What follows is another request: it stays in the buffer. */
static int
on_whole(http_parser *parser)
{
	struct http_request *request = parser->data;

	request->is_whole = true;
	request->expects_continue = false;
	http_parser_pause(parser, 1);
	return 0;
}

static const http_parser_settings callbacks = {
    .on_url = on_target,
    .on_header_field = on_field_name,
    .on_header_value = on_field_value,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_whole,
};

static void
refuse_unread(struct http_request *request, enum http_errno reason)
{
	switch (reason) {
	case HPE_HEADER_OVERFLOW:
		http_request_refuse(request, 431, "The header is longer than %zu bytes.",
		    request->limits->head_bytes);
		break;
	case HPE_INVALID_METHOD:
		http_request_refuse(request, 501, "The method is none that is known here.");
		break;
	default:
		http_request_refuse(request, 400, "This is no HTTP/1.1 request: %s.",
		    http_errno_description(reason));
	}
}

enum http_read
http_request_read(struct http_request *request, struct evbuffer *in)
{
	size_t length;

	while (request->status == 0 && !request->is_whole &&
	    (length = evbuffer_get_contiguous_space(in)) > 0) {
		const char *bytes = (const char *)evbuffer_pullup(in, (ev_ssize_t)length);
		size_t read = http_parser_execute(&request->parser, &callbacks, bytes, length);
		enum http_errno reason = HTTP_PARSER_ERRNO(&request->parser);

		/* Empty lines before a request are none of it (RFC 9112 2.2). */
		request->began |= *bytes != '\r' && *bytes != '\n';
		evbuffer_drain(in, read);
		if (reason != HPE_OK && reason != HPE_PAUSED)
			refuse_unread(request, reason);
	}
	if (request->status != 0)
		return HTTP_READ_REFUSED;
	return request->is_whole ? HTTP_READ_WHOLE : HTTP_READ_MORE;
}
