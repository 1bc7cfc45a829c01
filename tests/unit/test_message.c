/* A message holds no more memory than its bytes, however it grew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/message.h"

struct trim_row {
	size_t length;
	size_t allocated; /* at most, once trimmed */
};

static const struct trim_row trim_rows[] = {
    {0, 1},
    {1, 2},
    {4096, 4097},
    {8191, 8192}, /* a power of two with the NUL: nothing is left over */
    {7800, 8192}, /* too little is */
    {(5 << 20) + 1, (5 << 20) + 2},
};

static void
test_trim(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(trim_rows); i++) {
		struct message *message = message_create();
		g_autofree char *content = g_malloc(trim_rows[i].length + 1);

		memset(content, 'x', trim_rows[i].length);
		content[trim_rows[i].length] = '\0';
		for (size_t n = 0; n < trim_rows[i].length; n++)
			g_string_append_c(message->body, content[n]);
		message_trim(message);
		assert_int_equal(message->body->len, trim_rows[i].length);
		assert_string_equal(message->body->str, content);
		assert_true(message->body->allocated_len <= trim_rows[i].allocated);
		g_string_append(message->body, "more");
		assert_int_equal(message->body->len, trim_rows[i].length + 4);
		message_unref(message);
	}
}

static void
test_split_is_trimmed(void **state)
{
	static const char content[] = "A: 1\r\nB: 2\r\n\r\n";
	struct message *message = message_create();

	(void)state;
	message_split_content(message, content, sizeof(content) - 1);
	assert_string_equal(message->head->str, "A: 1\r\nB: 2\r\n");
	assert_string_equal(message->body->str, "\r\n");
	assert_int_equal(message->head->allocated_len, message->head->len + 1);
	assert_int_equal(message->body->allocated_len, message->body->len + 1);
	message_unref(message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_split_is_trimmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
