/* Who a message says it is from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/relay/message/address_groups.h"
#include "services/relay/message/from_check.h"

#define NONE "the message has no From header"
#define MANY "the message has more than one From header"
#define EMPTY "the From header holds no address"

struct row {
	const char *head;
	const char *fault;
};

static const struct row rows[] = {
    {"From: a@b.test\r\n", NULL},
    {"from:a@b\r\n", NULL},
    {"From : <a@b.test>\r\n", NULL},
    {"From: Shop <shop@example.com>\r\n", NULL},
    {"From: \"Shop, the\" <shop@example.com> (ours)\r\n", NULL},
    {"From: Shop, the <shop@example.com>\r\n", NULL},
    {"From: =?utf-8?Q?B=C3=BCcher?=\r\n <a@b.test>\r\n", NULL},
    {"From: B\xc3\xbc"
     "cher <b\xc3\xbc@b\xc3\xbc.test>\r\n",
	NULL},
    {"From: B\xfc"
     "cher <a@b.test>\r\n",
	NULL},
    {"From: a@[192.0.2.1]\r\n", NULL},
    {"From: \"a b\"@c.test\r\n", NULL},
    /* several, with and without a Sender, and a group of RFC 6854 */
    {"From: a@b.test, c@d.test\r\nSender: a@b.test\r\n", NULL},
    {"From: a@b.test, c@d.test\r\n", NULL},
    {"From: Us: a@b.test, c@d.test;\r\n", NULL},
    {"From: nobody, a@b.test\r\n", NULL},
    {"X-From: a@b\r\nTo: a@b\r\nFrom: a@b\r\nFromage: a@b\r\n", NULL},
    {"", NONE},
    {"To: a@b.test\r\nSender: a@b.test\r\nResent-From: a@b.test\r\n", NONE},
    {"Subject: x\r\n From: a@b.test\r\n", NONE},
    {"From: a@b.test\r\nfrom: a@b.test\r\n", MANY},
    {"From: a@b.test\r\nTo: x@y\r\nFROM : c@d.test\r\n", MANY},
    {"From:\r\nFrom: a@b.test\r\n", MANY},
    {"From:\r\n", EMPTY},
    {"From: \r\n \r\n", EMPTY},
    {"From: Shop\r\n", EMPTY},
    {"From: <>\r\n", EMPTY},
    {"From: @\r\n", EMPTY},
    {"From: a@\r\n", EMPTY},
    {"From: Nobody:;\r\n", EMPTY},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *head = g_string_new(rows[i].head);
		const char *fault = from_check(head);

		if (rows[i].fault == NULL && fault != NULL)
			fail_msg("%s: %s", rows[i].head, fault);
		if (rows[i].fault != NULL && fault == NULL)
			fail_msg("%s is taken", rows[i].head);
		if (fault != NULL)
			assert_string_equal(fault, rows[i].fault);
		g_string_free(head, TRUE);
	}
}

/* GMime would follow them until the stack ends. */
static void
test_groups_within_groups(void **state)
{
	GString *head = g_string_new("From: ");

	(void)state;
	for (int i = 0; i < 120000; i++)
		g_string_append(head, "a:");
	g_string_append(head, "\r\n");
	assert_string_equal(from_check(head), EMPTY);
	g_string_assign(head, "From: ");
	for (int i = 0; i < ADDRESS_GROUPS_MAX; i++)
		g_string_append(head, "a:");
	g_string_append(head, "b@c.test;\r\n");
	assert_null(from_check(head));
	g_string_free(head, TRUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_groups_within_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
