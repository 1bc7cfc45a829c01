/* PROXY headers: whole ones, wrong ones, and each cut at every byte, with others' bytes behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/receive/proxy_header.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define BYTES(text) text, sizeof(text) - 1
#define TCP4 "\xc0\0\2\1\xc6\x33\x64\1\x30\x39\0\x19"
#define V6(last) "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0" last
#define MAPPED(last) "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2" last
#define PORTS "\x30\x39\0\x19"

struct row {
	const char *bytes;
	size_t length;
	enum proxy_outcome outcome;
	const char *address; /* of a client */
	size_t seen;         /* bytes after which a wrong one is known to be wrong */
};

static const struct row rows[] = {
    {BYTES(SIGNATURE "\x21\x11\0\x0c" TCP4), PROXY_CLIENT, "192.0.2.1", 0},
    {BYTES(SIGNATURE "\x21\x21\0\x24" V6("\1") V6("\2") PORTS), PROXY_CLIENT, "2001:db8::1", 0},
    {BYTES(SIGNATURE "\x21\x21\0\x24" MAPPED("\7") MAPPED("\2") PORTS), PROXY_CLIENT, "192.0.2.7",
	0},
    /* fields behind the addresses, whatever they hold */
    {BYTES(SIGNATURE "\x21\x11\0\x14" TCP4 "\3\0\4abcd\0"), PROXY_CLIENT, "192.0.2.1", 0},
    {BYTES(SIGNATURE "\x21\x11\0\x0f" TCP4 "\3\xff\xff"), PROXY_CLIENT, "192.0.2.1", 0},
    /* the balancer itself: the family does not matter */
    {BYTES(SIGNATURE "\x20\0\0\0"), PROXY_LOCAL, NULL, 0},
    {BYTES(SIGNATURE "\x20\x11\0\x0c" TCP4), PROXY_LOCAL, NULL, 0},
    {BYTES(SIGNATURE "\x20\x31\0\3abc"), PROXY_LOCAL, NULL, 0},
    /* neither TCP4 nor TCP6: UNSPEC, UDP, Unix, none at all */
    {BYTES(SIGNATURE "\x21\0\0\0"), PROXY_WRONG, NULL, 16},
    {BYTES(SIGNATURE "\x21\x12\0\x0c" TCP4), PROXY_WRONG, NULL, 28},
    {BYTES(SIGNATURE "\x21\x31\0\x0c" TCP4), PROXY_WRONG, NULL, 28},
    {BYTES(SIGNATURE "\x21\x41\0\x0c" TCP4), PROXY_WRONG, NULL, 28},
    /* lengths */
    {BYTES(SIGNATURE "\x21\x11\0\x0b" TCP4), PROXY_WRONG, NULL, 27},
    {BYTES(SIGNATURE "\x21\x11\0\0"), PROXY_WRONG, NULL, 16},
    {BYTES(SIGNATURE "\x21\x21\0\x0c" TCP4), PROXY_WRONG, NULL, 28},
    {BYTES(SIGNATURE "\x21\x11\x0f\xf1"), PROXY_WRONG, NULL, 16},
    {BYTES(SIGNATURE "\x20\0\xff\xff"), PROXY_WRONG, NULL, 16},
    /* versions and commands */
    {BYTES(SIGNATURE "\x11\x11\0\x0c" TCP4), PROXY_WRONG, NULL, 13},
    {BYTES(SIGNATURE "\x31\x11\0\x0c" TCP4), PROXY_WRONG, NULL, 13},
    {BYTES(SIGNATURE "\x22\x11\0\x0c" TCP4), PROXY_WRONG, NULL, 13},
    /* not this protocol */
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.1 12345 25\r\n"), PROXY_WRONG, NULL, 1},
    {BYTES("EHLO c\r\n"), PROXY_WRONG, NULL, 1},
    {BYTES("\r\n\r\n\0\r\nQUIT\r\n\0\0\0"), PROXY_WRONG, NULL, 12},
    {BYTES("\x16\3\1\2\0\1"), PROXY_WRONG, NULL, 1},
};

/* Of its own size: the sanitizers see a byte read beyond it. */
static enum proxy_outcome
read_copy(const char *bytes, size_t length, struct proxy_header *header)
{
	char *copy = g_memdup2(bytes, length);
	enum proxy_outcome outcome = proxy_header_read(copy != NULL ? copy : "", length, header);

	g_free(copy);
	return outcome;
}

static void
check_whole(const struct row *row)
{
	struct proxy_header header;

	assert_int_equal(read_copy(row->bytes, row->length, &header), row->outcome);
	if (row->outcome == PROXY_WRONG) {
		assert_non_null(header.reason);
		return;
	}
	assert_int_equal(header.wanted, row->length);
	assert_string_equal(header.address, row->address != NULL ? row->address : "");
}

static void
check_cut(const struct row *row, size_t cut)
{
	bool is_known = row->outcome == PROXY_WRONG && cut >= row->seen;
	struct proxy_header header;

	assert_int_equal(
	    read_copy(row->bytes, cut, &header), is_known ? PROXY_WRONG : PROXY_INCOMPLETE);
	if (is_known)
		return;
	assert_true(header.wanted > cut);
	assert_int_equal(header.wanted < PROXY_START_BYTES, 0);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		check_whole(&rows[i]);
		for (size_t cut = 0; cut < rows[i].length; cut++)
			check_cut(&rows[i], cut);
	}
}

static void
test_what_follows_is_not_its_own(void **state)
{
	static const char bytes[] = SIGNATURE "\x21\x11\0\x0c" TCP4 "EHLO c\r\n";
	struct proxy_header header;

	(void)state;
	assert_int_equal(proxy_header_read(BYTES(bytes), &header), PROXY_CLIENT);
	assert_int_equal(header.wanted, sizeof(bytes) - 1 - strlen("EHLO c\r\n"));
}

/* The longest that is taken. */
static void
test_longest(void **state)
{
	char bytes[PROXY_HEADER_MAX] = SIGNATURE "\x21\x11\x0f\xf0" TCP4;
	struct proxy_header header;

	(void)state;
	assert_int_equal(read_copy(bytes, PROXY_HEADER_MAX - 1, &header), PROXY_INCOMPLETE);
	assert_int_equal(header.wanted, PROXY_HEADER_MAX);
	assert_int_equal(read_copy(bytes, PROXY_HEADER_MAX, &header), PROXY_CLIENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_what_follows_is_not_its_own),
	    cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
