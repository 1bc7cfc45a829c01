/* The SMTP log's two forms hold the same lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include <libxml/parser.h>

#include "services/soap/smtp_log_xml.h"

#define HEAD "<SMTPLog><TransactionalID>7</TransactionalID><EmailAddress>a@b.test</EmailAddress>"
#define ATTEMPT(number, host, ip, port, started, result)                                           \
	"<Attempt number=\"" number "\" host=\"" host "\" ip=\"" ip "\" port=\"" port              \
	"\" started=\"" started "\" result=\"" result "\">"
#define LINE(time, direction, text)                                                                \
	"<Line time=\"" time "\" direction=\"" direction "\">" text "</Line>"
#define STARTED "2026-03-19T14:05:11.042Z"

static void
test_forms(void **state)
{
	static const struct {
		const char *log, *xml;
	} rows[] = {
	    {"", HEAD "</SMTPLog>"},
	    {"attempt 1 " STARTED " mx1.example.test [192.0.2.25]:25\n"
	     "14:05:11.050 < 220 mx1 <ready> & willing\n"
	     "14:05:11.050 > EHLO relay\n"
	     "14:05:11.071 = TLSv1.3 verified=dane\n"
	     "result delivered 2.0.0\n",
		HEAD ATTEMPT("1", "mx1.example.test", "192.0.2.25", "25", STARTED,
		    "delivered 2.0.0") LINE("14:05:11.050", "in",
		    "220 mx1 &lt;ready&gt; &amp; willing") LINE("14:05:11.050", "out", "EHLO relay")
		    LINE("14:05:11.071", "note", "TLSv1.3 verified=dane") "</Attempt></SMTPLog>"},
	    {"attempt 1 " STARTED "\n14:05:11.050 = no MX\nresult deferred 4.4.4\n"
	     "attempt 2 " STARTED " mx [2001:db8::1]:2525\nresult failed 5.1.1\n",
		HEAD ATTEMPT("1", "", "", "", STARTED, "deferred 4.4.4")
		    LINE("14:05:11.050", "note", "no MX") "</Attempt>" ATTEMPT("2", "mx",
			"2001:db8::1", "2525", STARTED, "failed 5.1.1") "</Attempt></SMTPLog>"},
	    {"attempt 1 " STARTED
	     "\n= refused\n14:05:11.050 <\n14:05:11.050 odd\nwhat\n\n14:05 < x",
		HEAD ATTEMPT("1", "", "", "", STARTED, "") LINE("", "note", "refused")
		    LINE("14:05:11.050", "in", "") LINE("14:05:11.050", "note", "odd") LINE("",
			"note", "what") LINE("", "note", "14:05 &lt; x") "</Attempt></SMTPLog>"},
	    {"stray\nresult rejected 5.6.0",
		HEAD ATTEMPT("", "", "", "", "", "rejected 5.6.0")
		    LINE("", "note", "stray") "</Attempt></SMTPLog>"},
	    {"attempt 1 " STARTED "\n14:05:11.050 < \x01\xff gr\xc3\xbc\xc3\x9f\xf0\x9f\x98\x80\n",
		HEAD ATTEMPT("1", "", "", "", STARTED, "") LINE("14:05:11.050", "in",
		    "\\x01\\xFF gr\xc3\xbc\xc3\x9f\xf0\x9f\x98\x80") "</Attempt></SMTPLog>"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *xml = smtp_log_xml(7, "a@b.test", rows[i].log);

		/* An element without content may be written in either way. */
		for (char *empty; (empty = strstr(xml, "\"/>")) != NULL;) {
			const char *name = g_strrstr_len(xml, empty - xml, "<") + 1;
			char *longer = g_strdup_printf("%.*s\"></%.*s>%s", (int)(empty - xml), xml,
			    (int)strcspn(name, " "), name, empty + 3);

			g_free(xml);
			xml = longer;
		}
		assert_string_equal(xml, rows[i].xml);
		g_free(xml);
	}
}

static int
cleanup(void **state)
{
	(void)state;
	xmlCleanupParser();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms)};

	return cmocka_run_group_tests(tests, NULL, cleanup);
}
