/* Lines of the ledger: what is written is what is read, whatever is in it; what is torn is no line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/ledger_entry.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const char *const texts[] = {"ann@example.net", "\"a\tb\"@x", "\"a\\\\b\"@x", "\"a\nb\r\"@x",
    "Gr\u00fc\u00dfe@x", "", "\\t"};

static void
test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		const char *recipient = texts[i][0] != '\0' ? texts[i] : "ann@example.net";
		struct message *message = message_create();
		g_autoptr(GString) line = g_string_new(NULL);
		struct ledger_entry entry;

		message->message_id = 11;
		message->account_id = 7;
		message->mail_from = g_strdup(texts[i]);
		message->group_name = i % 2 == 0 ? g_strdup(texts[i]) : NULL;
		message_add_recipient(message, recipient)->delivery_id = 12;
		message_add_recipient(message, "bob@example.net")->delivery_id = 13;
		ledger_add_accepted(line, message, 99);
		assert_ptr_equal(strchr(line->str, '\n'), line->str + line->len - 1);
		g_string_truncate(line, line->len - 1);
		assert_true(ledger_entry_parse(line->str, &entry));
		assert_int_equal(entry.kind, LEDGER_ACCEPTED);
		assert_int_equal(entry.id, 11);
		assert_int_equal(entry.account_id, 7);
		assert_int_equal(entry.at, 99);
		assert_string_equal(entry.sender, texts[i]);
		assert_string_equal(entry.group, i % 2 == 0 ? texts[i] : "");
		assert_int_equal(entry.recipient_count, 2);
		assert_string_equal(
		    g_array_index(entry.recipients, struct ledger_recipient, 0).address, recipient);
		assert_int_equal(
		    g_array_index(entry.recipients, struct ledger_recipient, 1).delivery_id, 13);
		ledger_entry_clear(&entry);
		message_unref(message);
	}
}

static void
test_lines(void **state)
{
	static const struct {
		const char *line;
		bool is_whole;
	} rows[] = {
	    {"A\t1\t2\t3\ta@b\tgroup\t4\tc@d", true},
	    {"C\t1\t2\t3\t100", true},
	    {"E\t1\t2\t3\tdelivered 2.0.0", true},
	    {"R\t3", true},
	    {"D\t1\t2\t3", true},
	    {"D\t1\t2", false},
	    {"", false},
	    {"A", false},
	    {"A\t1\t2\t3\ta@b\tgroup", false},
	    {"A\t1\t2\t3\ta@b\tgroup\t4", false},
	    {"A\t1\t2\t3\ta@b\tgroup\t4\tc@d\t5", false},
	    {"A\tx\t2\t3\ta@b\tgroup\t4\tc@d", false},
	    {"A\t1\t2\t3\ta@b\tgroup\tx\tc@d", false},
	    {"E\t1\t2\t3", false},
	    {"E\t-1\t2\t3\tfailed 5.0.0", false},
	    {"E\t99999999999999999999\t2\t3\tfailed 5.0.0", false},
	    {"E\t9007199254740991\t2\t253402300799999999\tfailed 5.0.0", true},
	    {"E\t9007199254740992\t2\t3\tfailed 5.0.0", false},
	    {"E\t1\t2\t253402300800000000\tfailed 5.0.0", false},
	    {"E\t1\t2\t3\tdeliv", false},
	    {"E\t1\t2\t3\tdelivered 2.0.0\t", false},
	    {"E\t1\t2\t3\tfailed \xff", false},
	    {"E\t1\t2\t3\tfailed 5.0.0\\", false},
	    {"E\t1\t2\t3\tfailed 5.0.0\\\\", true},
	    {"A\t1\t2\t3\t\t\t4\tc@d", true},
	    {"A\t1\t2\t3\t\xc3\t\t4\tc@d", false},
	    {"A\t1\t2\t3\ta@b\t\\\t4\tc@d", false},
	    {"A\t1\t2\t3\ta@b\tgroup\t4\t\\377", false},
	    {"A\t1\t2\t3\ta@b\tgroup\t4\t", false},
	    {"A\t1\t2\t3\ta@b\tgroup\t4\tc@d\t", false},
	    {"A\t1\t2\t3\ta@b\tgroup\t", false},
	    {"D\t1\t2\t", false},
	    {"R\t3\t", false},
	    {"R", false},
	    {"R\t3\t4", false},
	    {"X\t1\t2\t3", false},
	    {"AA\t1\t2\t3\ta@b\tgroup\t4\tc@d", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct ledger_entry entry;

		assert_int_equal(ledger_entry_parse(rows[i].line, &entry), rows[i].is_whole);
		if (rows[i].is_whole)
			ledger_entry_clear(&entry);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
