#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <glib.h>

#include "server/http_request.h"

#define HOST "Host: a\r\n"
#define POST "POST /api.asmx HTTP/1.1\r\n" HOST

struct row {
	const char *bytes;
	const char *method;
	const char *path;
	const char *query;
	const char *body;
	bool keep_alive;
	const char *left; /* in the buffer */
};

static const struct row taken[] = {
    {"GET /a%20b?c=%64#e HTTP/1.1\r\n" HOST "\r\n", "GET", "/a b", "c=%64", "", true, ""},
    {"GET http://u@h:1/x?y HTTP/1.1\r\n" HOST "\r\nGET", "GET", "/x", "y", "", true, "GET"},
    {"GET / HTTP/1.0\r\n\r\n", "GET", "/", "", "", false, ""},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET", "/", "", "", true, ""},
    {"GET / HTTP/1.1\r\nConnection: close\r\n" HOST "\r\n", "GET", "/", "", "", false, ""},
    {"\r\n\r\nGET / HTTP/1.1\nHost: a\n\n", "GET", "/", "", "", true, ""},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS", "*", "", "", true, ""},
    {"GET /%00 HTTP/1.1\r\n" HOST "\r\n", "GET", "", "", "", true, ""},
    {POST "Content-Length: 3\r\n\r\nabcPOST", "POST", "/api.asmx", "", "abc", true, "POST"},
    {POST "Transfer-Encoding: Chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nHost: b\r\n\r\nx",
	"POST", "/api.asmx", "", "abc", true, "x"},
    {POST "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\nz", "POST", "/api.asmx",
	"", "z", true, ""},
    {"HEAD / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", "HEAD", "/", "", "ab", true, ""},
};

struct refused_row {
	const char *bytes;
	int status;
};

static const struct refused_row refused[] = {
    {POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
    {POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
    {POST "Content-Length: 3, 3\r\n\r\nabc", 400},
    {POST "Content-Length: +3\r\n\r\nabc", 400},
    {POST "Content-Length: 18446744073709551617\r\n\r\nabc", 400},
    {POST "Content-Length : 3\r\n\r\nabc", 400},
    {POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
    {POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
    {POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400},
    {POST "Expect: the-unexpected\r\n\r\n", 417},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "X Y: z\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST ": z\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
    {"GET nowhere HTTP/1.1\r\n" HOST "\r\n", 400},
    {"BREW / HTTP/1.1\r\n" HOST "\r\n", 501},
    {"GET /\r\n\r\n", 505},
    {POST "Content-Length: 11\r\n\r\n", 413},
    {POST "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nghijk\r\n0\r\n\r\n", 413},
};

static const struct http_limits limits = {.head_bytes = 4096, .body_bytes = 10};

/* However the bytes are cut, the request is the same. step: bytes at a time. The caller's. */
static struct http_request *
request_read(const char *bytes, size_t step, struct evbuffer *in, struct http_budget *budget)
{
	struct http_request *request = http_request_create(&limits, budget);
	size_t length = strlen(bytes);
	enum http_read read = HTTP_READ_MORE;

	for (size_t at = 0; at < length; at += step) {
		evbuffer_add(in, bytes + at, MIN(step, length - at));
		if (read == HTTP_READ_MORE)
			read = http_request_read(request, in);
	}
	if (read == HTTP_READ_MORE)
		fail_msg("more is wanted after: %s", bytes);
	return request;
}

static void
taken_check(const struct row *row, struct http_request *request, struct evbuffer *in)
{
	size_t left = evbuffer_get_length(in);

	assert_int_equal(request->status, 0);
	assert_true(request->is_whole);
	assert_string_equal(request->method, row->method);
	assert_string_equal(request->path, row->path);
	assert_string_equal(request->query, row->query);
	assert_string_equal(request->body->str, row->body);
	assert_int_equal(request->keep_alive, row->keep_alive);
	assert_int_equal(left, strlen(row->left));
	if (left > 0)
		assert_memory_equal(evbuffer_pullup(in, -1), row->left, left);
}

static void
rows_read(size_t step)
{
	for (size_t i = 0; i < G_N_ELEMENTS(taken); i++) {
		struct http_budget budget = {.most = 1};
		struct evbuffer *in = evbuffer_new();
		struct http_request *request = request_read(taken[i].bytes, step, in, &budget);

		taken_check(&taken[i], request, in);
		http_request_free(request);
		evbuffer_free(in);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
		struct http_budget budget = {.most = 1};
		struct evbuffer *in = evbuffer_new();
		struct http_request *request = request_read(refused[i].bytes, step, in, &budget);

		if (request->status != refused[i].status)
			fail_msg("%d for: %s", request->status, refused[i].bytes);
		assert_true(request->reason[0] != '\0' && !request->keep_alive);
		http_request_free(request);
		evbuffer_free(in);
	}
}

static void
test_rows_at_once(void **state)
{
	(void)state;
	rows_read(SIZE_MAX / 2);
}

static void
test_rows_byte_by_byte(void **state)
{
	(void)state;
	rows_read(1);
}

static void
test_fields(void **state)
{
	static const char bytes[] =
	    "GET / HTTP/1.1\r\n" HOST
	    "X-Forwarded-For: 1.1.1.1\r\nAccept:\r\nx-forwarded-for: 2.2.2.2, \r\n 3.3.3.3\r\n\r\n";
	struct http_budget budget = {.most = 1};
	struct http_request *request = http_request_create(&limits, &budget);
	struct evbuffer *in = evbuffer_new();
	char *list;

	(void)state;
	evbuffer_add(in, bytes, sizeof(bytes) - 1);
	assert_int_equal(http_request_read(request, in), HTTP_READ_WHOLE);
	assert_string_equal(http_request_field(request, "hOST"), "a");
	assert_string_equal(http_request_field(request, "Accept"), "");
	assert_string_equal(http_request_field(request, "Accept-Encoding"), "");
	list = http_request_field_list(request, "X-Forwarded-For");
	assert_string_equal(list, "1.1.1.1, 2.2.2.2,  3.3.3.3");
	g_free(list);
	http_request_free(request);
	evbuffer_free(in);
}

/* Large bodies share a budget, which they give back; small ones need none. */
static void
test_budget(void **state)
{
	static const struct http_limits large = {.head_bytes = 4096, .body_bytes = 1 << 20};
	struct http_budget budget = {.most = 2 * HTTP_BODY_BYTES_SMALL};
	struct http_request *requests[3];
	static const size_t sizes[] = {
	    HTTP_BODY_BYTES_SMALL + 1, HTTP_BODY_BYTES_SMALL + 1, HTTP_BODY_BYTES_SMALL};
	static const enum http_read reads[] = {HTTP_READ_WHOLE, HTTP_READ_REFUSED, HTTP_READ_WHOLE};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		struct evbuffer *in = evbuffer_new();
		char *body = g_strnfill(sizes[i], 'x');

		evbuffer_add_printf(in, POST "Content-Length: %zu\r\n\r\n%s", sizes[i], body);
		requests[i] = http_request_create(&large, &budget);
		assert_int_equal(http_request_read(requests[i], in), reads[i]);
		g_free(body);
		evbuffer_free(in);
	}
	assert_true(requests[1]->is_overload);
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
		http_request_free(requests[i]);
	assert_int_equal(budget.used, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_at_once),
	    cmocka_unit_test(test_rows_byte_by_byte), cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_budget)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
