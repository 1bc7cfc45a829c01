/* What MTA-STS policies and their TXT records say (deliver/mta_sts_policy.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/deliver/mta_sts_policy.h"

static void
test_policies(void **state)
{
	static const struct {
		const char *text;
		const char *error; /* NULL: it is one */
		enum mta_sts_mode mode;
		unsigned max_age, patterns;
	} rows[] = {
	    {"version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmx: "
	     "backupmx.example.com\nmax_age: 604800\n",
		NULL, MTA_STS_ENFORCE, 604800, 3},
	    {"version: STSv1\r\nmode: testing\r\nmx: a.example\r\nmax_age: 86400\r\n", NULL,
		MTA_STS_TESTING, 86400, 1},
	    {"mx:a.example\nmax_age:1\nmode:enforce\nversion:STSv1", NULL, MTA_STS_ENFORCE, 1, 1},
	    {"version: STSv1 \t\nmode:\tnone\n\nmax_age: 0\n", NULL, MTA_STS_NONE, 0, 0},
	    {"version: STSv1\nmode: none\nmax_age: 9999999999\n", NULL, MTA_STS_NONE,
		MTA_STS_AGE_MAX, 0},
	    /* The first counts, and others' fields are theirs. */
	    {"version: STSv1\nversion: STSv2\nmode: testing\nmode: enforce\nx_y: a: b\n"
	     "mx: a.example\nmax_age: 1\nmax_age: 2",
		NULL, MTA_STS_TESTING, 1, 1},
	    {"", "it lacks its version", 0, 0, 0},
	    {"<html></html>", "a line of it has no key", 0, 0, 0},
	    {": x", "a line of it has no key", 0, 0, 0},
	    {"version: STSv2\n", "its version is not STSv1", 0, 0, 0},
	    {"Version: STSv1\n", "it lacks its version", 0, 0, 0},
	    {"version: STSv1\nmode: Enforce\n", "its mode is not enforce, testing or none", 0, 0,
		0},
	    {"version: STSv1\nmx: a\nmax_age: 1\n", "it lacks its mode", 0, 0, 0},
	    {"version: STSv1\nmode: none\n", "it lacks its max_age", 0, 0, 0},
	    {"version: STSv1\nmode: enforce\nmax_age: 1\n", "it names no mx", 0, 0, 0},
	    {"max_age: -1", "its max_age is no number of seconds", 0, 0, 0},
	    {"max_age: 1h", "its max_age is no number of seconds", 0, 0, 0},
	    {"max_age:", "its max_age is no number of seconds", 0, 0, 0},
	    {"max_age: 12345678901", "its max_age is no number of seconds", 0, 0, 0},
	    {"mx: *", "an mx of it is no host name", 0, 0, 0},
	    {"mx: *.", "an mx of it is no host name", 0, 0, 0},
	    {"mx: a.*.example", "an mx of it is no host name", 0, 0, 0},
	    {"mx: a..example", "an mx of it is no host name", 0, 0, 0},
	    {"mx: a.example.", "an mx of it is no host name", 0, 0, 0},
	    {"mx: a b", "an mx of it is no host name", 0, 0, 0},
	    {"mx: b\xc3\xbc.example", "an mx of it is no host name", 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct error error = {""};
		struct mta_sts_policy *policy =
		    mta_sts_policy_parse(rows[i].text, strlen(rows[i].text), &error);

		if (rows[i].error != NULL) {
			assert_null(policy);
			assert_string_equal(error.text, rows[i].error);
			continue;
		}
		assert_non_null(policy);
		assert_int_equal(policy->mode, rows[i].mode);
		assert_int_equal(policy->max_age, rows[i].max_age);
		assert_int_equal(policy->patterns->len, rows[i].patterns);
		mta_sts_policy_unref(policy);
	}
}

static void
test_limits(void **state)
{
	GString *text = g_string_new("version: STSv1\nmode: enforce\nmax_age: 1\n");
	struct mta_sts_policy *policy;
	struct error error;

	(void)state;
	assert_null(mta_sts_policy_parse("version: STSv1\0", 15, &error));
	assert_string_equal(error.text, "it is no text");
	for (int i = 0; i < MTA_STS_PATTERNS_MAX; i++)
		g_string_append(text, "mx: a.example\n");
	policy = mta_sts_policy_parse(text->str, text->len, &error);
	assert_non_null(policy);
	mta_sts_policy_unref(policy);
	g_string_append(text, "mx: a.example\n");
	assert_null(mta_sts_policy_parse(text->str, text->len, &error));
	assert_string_equal(error.text, "it has more than 1000 mx");
	g_string_set_size(text, MTA_STS_POLICY_BYTES + 1);
	assert_null(mta_sts_policy_parse(text->str, text->len, &error));
	assert_string_equal(error.text, "it is too large");
	g_string_free(text, TRUE);
}

/* RFC 8461 4.1 */
static void
test_hosts(void **state)
{
	static const char text[] = "version: STSv1\nmode: enforce\nmax_age: 1\n"
				   "mx: Mail.Example.com\nmx: *.example.net\n";
	static const struct {
		const char *host;
		bool is_allowed;
	} rows[] = {
	    {"mail.example.com", true},
	    {"mx.example.net", true},
	    {"example.net", false},
	    {"a.mx.example.net", false},
	    {".example.net", false},
	    {"mxexample.net", false},
	    {"example.com", false},
	    {"a.mail.example.com", false},
	    {"mail.example.com.evil.example", false},
	    {"", false},
	};
	struct error error;
	struct mta_sts_policy *policy = mta_sts_policy_parse(text, strlen(text), &error);

	(void)state;
	assert_non_null(policy);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_int_equal(mta_sts_policy_allows(policy, rows[i].host), rows[i].is_allowed);
	mta_sts_policy_unref(policy);
}

/* Into one string, or into pieces of that length. */
static GByteArray *
make_rdata(const char *text, size_t piece)
{
	GByteArray *rdata = g_byte_array_new();

	for (size_t left = strlen(text); left > 0;) {
		guint8 length = (guint8)MIN(left, piece);

		g_byte_array_append(rdata, &length, 1);
		g_byte_array_append(rdata, (const guint8 *)text, length);
		text += length;
		left -= length;
	}
	return rdata;
}

static void
test_records(void **state)
{
	static const struct {
		const char *text;
		enum mta_sts_record outcome;
		const char *id;
	} rows[] = {
	    {"v=STSv1; id=20160831085700Z;", MTA_STS_RECORD_GOOD, "20160831085700Z"},
	    {"v=STSv1;id=1", MTA_STS_RECORD_GOOD, "1"},
	    {"v=STSv1 ; id=1 ; ", MTA_STS_RECORD_GOOD, "1"},
	    {"v=STSv1; a=b; id=1", MTA_STS_RECORD_GOOD, "1"},
	    {"v=STSv1; id=12345678901234567890123456789012", MTA_STS_RECORD_GOOD,
		"12345678901234567890123456789012"},
	    {"v=STSv1; id=123456789012345678901234567890123", MTA_STS_RECORD_BROKEN, NULL},
	    {"v=STSv1; id=", MTA_STS_RECORD_BROKEN, NULL},
	    {"v=STSv1; id=a-b", MTA_STS_RECORD_BROKEN, NULL},
	    {"v=STSv1; id=a b", MTA_STS_RECORD_BROKEN, NULL},
	    {"v=STSv1; id", MTA_STS_RECORD_BROKEN, NULL},
	    {"v=STSv1; =1; id=1", MTA_STS_RECORD_BROKEN, NULL},
	    {"v=STSv1;; id=1", MTA_STS_RECORD_BROKEN, NULL},
	    {"v=STSv1;", MTA_STS_RECORD_BROKEN, NULL},
	    {"v=STSv1", MTA_STS_RECORD_OTHER, NULL},
	    {"v=STSv2; id=1", MTA_STS_RECORD_OTHER, NULL},
	    {"v=stsv1; id=1", MTA_STS_RECORD_OTHER, NULL},
	    {"v=spf1 -all", MTA_STS_RECORD_OTHER, NULL},
	    {"", MTA_STS_RECORD_OTHER, NULL},
	};

	(void)state;
	for (size_t i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
		GByteArray *rdata = make_rdata(rows[i / 2].text, i % 2 == 0 ? 255 : 5);
		char id[MTA_STS_ID_MAX + 1];

		assert_int_equal(
		    mta_sts_record_parse(rdata->data, rdata->len, id), rows[i / 2].outcome);
		if (rows[i / 2].id != NULL)
			assert_string_equal(id, rows[i / 2].id);
		g_byte_array_unref(rdata);
	}
}

static void
test_records_cut_short(void **state)
{
	char id[MTA_STS_ID_MAX + 1];

	(void)state;
	assert_int_equal(mta_sts_record_parse("\x0dv=STSv1;id=1", 13, id), MTA_STS_RECORD_OTHER);
	assert_int_equal(mta_sts_record_parse("\x0cv=STSv1;id=1\0", 14, id), MTA_STS_RECORD_GOOD);
	assert_int_equal(mta_sts_record_parse("\x0dv=STSv1;id=1\0", 14, id), MTA_STS_RECORD_OTHER);
	assert_int_equal(
	    mta_sts_record_parse("\x0cv=STSv1;id=1\xff", 14, id), MTA_STS_RECORD_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_policies),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_hosts),
	    cmocka_unit_test(test_records),
	    cmocka_unit_test(test_records_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
