/* Which forms ask to unsubscribe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gmime/gmime.h>

#include "services/unsubscribe/one_click.h"

#define URLENCODED "application/x-www-form-urlencoded"
#define FORM_DATA "multipart/form-data; boundary=\"---FormBoundaryjWmhtjORrn\""
#define DISPOSITION "Content-Disposition: form-data; name=\"List-Unsubscribe\"\r\n"
#define BEGIN "-----FormBoundaryjWmhtjORrn\r\n"
#define END "-----FormBoundaryjWmhtjORrn--\r\n"

struct row {
	const char *content_type;
	const char *body;
	bool asks;
};

static const struct row rows[] = {
    {URLENCODED, "List-Unsubscribe=One-Click", true},
    {URLENCODED "; charset=utf-8", "list-unsubscribe=one-click", true},
    {URLENCODED, "a=b&List%2DUnsubscribe=One%2DClick&c", true},
    {URLENCODED, "List-Unsubscribe=One-Click\r\n", true},
    {"", "List-Unsubscribe=One-Click", true},
    {"", "", false},
    {URLENCODED, "List-Unsubscribe", false},
    {URLENCODED, "List-Unsubscribe=", false},
    {URLENCODED, "List-Unsubscribe=One-Click-", false},
    {URLENCODED, "xList-Unsubscribe=One-Click", false},
    {URLENCODED, "List-Unsubscribe: One-Click", false},
    {URLENCODED, "%zz=1&List-Unsubscribe=One-Click", false},
    {URLENCODED, "%ff%fe=1&&&=", false},
    /* the example of RFC 8058 8.2 */
    {FORM_DATA, BEGIN DISPOSITION "\r\nOne-Click\r\n" END, true},
    {"Multipart/Form-Data; boundary=x", "--x\r\n" DISPOSITION "\r\nOne-Click\r\n--x--\r\n", true},
    {"multipart/form-data; boundary=x", "--x\n" DISPOSITION "\nOne-Click\n--x--\n", true},
    {"multipart/form-data; boundary=x", "--x\r\n" DISPOSITION "\r\nOne-Click", true},
    {FORM_DATA,
	BEGIN "Content-Disposition: form-data; name=a\r\n\r\nb\r\n" BEGIN DISPOSITION
	      "Content-Type: text/plain\r\n\r\nOne-Click\r\n" END,
	true},
    {FORM_DATA, BEGIN DISPOSITION "\r\nTwo-Click\r\n" END, false},
    {FORM_DATA, BEGIN DISPOSITION "\r\n\r\n" END, false},
    {FORM_DATA, BEGIN DISPOSITION "\r\n" END, false},
    {FORM_DATA, BEGIN DISPOSITION END, false},
    {FORM_DATA, BEGIN "\r\nOne-Click\r\n" END, false},
    {FORM_DATA, BEGIN "Content-Disposition: form-data\r\n\r\nOne-Click\r\n" END, false},
    {FORM_DATA, "List-Unsubscribe=One-Click", false},
    {FORM_DATA, "", false},
    {"multipart/form-data", "--\r\n" DISPOSITION "\r\nOne-Click\r\n----\r\n", false},
    {"multipart/form-data-x", "", false},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (one_click_is_asked(rows[i].content_type, rows[i].body, strlen(rows[i].body)) !=
		    rows[i].asks)
			fail_msg("%s\n%s", rows[i].content_type, rows[i].body);
}

static int
setup(void **state)
{
	(void)state;
	g_mime_init();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	g_mime_shutdown();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
