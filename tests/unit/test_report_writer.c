/* Reports in their three forms, the names of their columns, and how much of them there may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <libxml/parser.h>

#include "services/soap/report_writer.h"

#define SCHEMA(columns)                                                                            \
	"<xs:schema id=\"NewDataSet\" xmlns=\"\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "   \
	"xmlns:msdata=\"urn:schemas-microsoft-com:xml-msdata\"><xs:element name=\"NewDataSet\" "   \
	"msdata:IsDataSet=\"true\" msdata:UseCurrentLocale=\"true\"><xs:complexType>"              \
	"<xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\"><xs:element name=\"Row\">"             \
	"<xs:complexType><xs:sequence>" columns "</xs:sequence></xs:complexType></xs:element>"     \
	"</xs:choice></xs:complexType></xs:element></xs:schema>"
#define DIFFGRAM                                                                                   \
	"<diffgr:diffgram xmlns:msdata=\"urn:schemas-microsoft-com:xml-msdata\" "                  \
	"xmlns:diffgr=\"urn:schemas-microsoft-com:xml-diffgram-v1\""

static const struct report_column columns[] = {
    {"A", REPORT_STRING}, {"Is_x0020_B", REPORT_BOOLEAN}};

static const char *const hostile[][G_N_ELEMENTS(columns)] = {
    {"1 <&>\"'", "true"},
    {"\x01\xff\xf0\x9f\x98\x80", "false"},
    {"", "true"},
};

struct report {
	struct report_memory *memory;
	struct report_claim *claim;
	struct report_writer *writer;
	char *text;
};

static void
report_open(
    struct report *report, enum report_form form, const struct report_delimiters *delimiters)
{
	report->memory = report_memory_create();
	report->claim = report_claim_create(report->memory);
	report->writer = report_writer_create(report->claim, form, delimiters);
}

/* The first `count` of the hostile rows. */
static void
report_write(struct report *report, enum report_form form,
    const struct report_delimiters *delimiters, size_t count)
{
	report_open(report, form, delimiters);
	report_writer_begin(report->writer, "Row", columns, G_N_ELEMENTS(columns));
	for (size_t i = 0; i < count; i++)
		assert_true(report_writer_add(report->writer, hostile[i]));
	report->text = report_writer_end(report->writer);
	assert_int_equal(report_writer_state(report->writer), REPORT_GOING);
}

static void
report_end(struct report *report)
{
	report_writer_destroy(report->writer);
	report_claim_free(report->claim);
	assert_int_equal(report_memory_taken(report->memory), 0);
	report_memory_unref(report->memory);
}

static void
test_text(void **state)
{
	static const struct {
		struct report_delimiters delimiters;
		size_t rows;
		const char *text;
	} tests[] = {
	    {{"\n", ",", ""}, 0, ""},
	    {{"\n", ",", ""}, 2, "1 <&>\"',True\n\\x01\\xFF\xf0\x9f\x98\x80,False"},
	    {{"n", "c", "\""}, 1, "\"1 <&>\"\"'\",\"True\""},
	    {{"|", "t", "'"}, 1, "'1 <&>\"'''\t'True'"},
	    {{"\r\n", "s", "<&"}, 1, "<&1 <&<&>\"'<& <&True<&"},
	    {{"", "", ""}, 3,
		"1 <&>\"'True\\x01\\xFF\xf0\x9f\x98\x80"
		"FalseTrue"},
	    {{"nn", "<>", ""}, 3, "1 <&>\"'<>Truenn\\x01\\xFF\xf0\x9f\x98\x80<>Falsenn<>True"},
	};
	struct report report;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		report_write(&report, REPORT_FORM_TEXT, &tests[i].delimiters, tests[i].rows);
		assert_string_equal(report.text, tests[i].text);
		report_end(&report);
	}
}

static void
test_documents(void **state)
{
	static const char declared[] =
	    SCHEMA("<xs:element name=\"A\" type=\"xs:string\" minOccurs=\"0\"/>"
		   "<xs:element name=\"Is_x0020_B\" type=\"xs:boolean\" minOccurs=\"0\"/>");
	static const struct {
		enum report_form form;
		size_t rows;
		const char *text;
	} tests[] = {
	    {REPORT_FORM_XML, 0, "<NewDataSet xmlns=\"\"/>"},
	    {REPORT_FORM_XML, 2,
		"<NewDataSet xmlns=\"\"><Row><A>1 &lt;&amp;&gt;&quot;'</A><Is_x0020_B>true"
		"</Is_x0020_B></Row><Row><A>\\x01\\xFF\xf0\x9f\x98\x80</A><Is_x0020_B>false"
		"</Is_x0020_B></Row></NewDataSet>"},
	    {REPORT_FORM_DATASET, 0, DIFFGRAM "/>"},
	    {REPORT_FORM_DATASET, 3,
		DIFFGRAM "><NewDataSet xmlns=\"\"><Row diffgr:id=\"Row1\" msdata:rowOrder=\"0\">"
			 "<A>1 &lt;&amp;&gt;&quot;'</A><Is_x0020_B>true</Is_x0020_B></Row>"
			 "<Row diffgr:id=\"Row2\" msdata:rowOrder=\"1\">"
			 "<A>\\x01\\xFF\xf0\x9f\x98\x80</A><Is_x0020_B>false</Is_x0020_B></Row>"
			 "<Row diffgr:id=\"Row3\" msdata:rowOrder=\"2\">"
			 "<A></A><Is_x0020_B>true</Is_x0020_B></Row></NewDataSet>"
			 "</diffgr:diffgram>"},
	};
	struct report report;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		const char *text;

		report_write(&report, tests[i].form, NULL, tests[i].rows);
		text = report.text;
		if (tests[i].form == REPORT_FORM_DATASET) {
			assert_memory_equal(text, declared, strlen(declared));
			text += strlen(declared);
		}
		assert_string_equal(text, tests[i].text);
		report_end(&report);
	}
}

static void
test_types_of_columns(void **state)
{
	static const struct {
		enum report_type type;
		const char *words;
	} tests[] = {
	    {REPORT_STRING, " type=\"xs:string\""},
	    {REPORT_INT, " type=\"xs:int\""},
	    {REPORT_LONG, " type=\"xs:long\""},
	    {REPORT_BOOLEAN, " type=\"xs:boolean\""},
	    {REPORT_DATE_TIME, " msdata:DateTimeMode=\"Utc\" type=\"xs:dateTime\""},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		const struct report_column column = {"A", tests[i].type};
		struct report report;

		report_open(&report, REPORT_FORM_DATASET, NULL);
		report_writer_begin(report.writer, "Row", &column, 1);
		assert_non_null(strstr(report_writer_end(report.writer), tests[i].words));
		report_end(&report);
	}
}

/* Whatever a name is, it makes an element. */
static void
test_names(void **state)
{
	static const struct {
		const char *text, *name;
	} tests[] = {
	    {"FirstName", "FirstName"},
	    {"First Name", "First_x0020_Name"},
	    {"1st", "_x0031_st"},
	    {"a1-b.c_d", "a1-b.c_d"},
	    {"-", "_x002D_"},
	    {"a:b", "a_x003A_b"},
	    {"_x0031_", "_x005F_x0031_"},
	    {"_x003", "_x003"},
	    {"__x0031_", "__x005F_x0031_"},
	    {"Gr\xc3\xb6\xc3\x9f"
	     "e",
		"Gr\xc3\xb6\xc3\x9f"
		"e"},
	    {"\xf0\x9f\x98\x80", "_x0001F600_"},
	    {"<a>&\"'", "_x003C_a_x003E__x0026__x0022__x0027_"},
	    {"\xcc\x80", "_x0300_"},
	    {"", "_"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *name = report_name_encode(tests[i].text);
		g_autofree char *element = g_strdup_printf("<%s/>", name);
		xmlDocPtr document = xmlReadMemory(
		    element, (int)strlen(element), NULL, NULL, XML_PARSE_NOERROR | XML_PARSE_NONET);

		assert_string_equal(name, tests[i].name);
		assert_non_null(document);
		xmlFreeDoc(document);
	}
}

/* Rows of a megabyte until no more are taken. Returns how many were. */
static int
fill(struct report_writer *writer)
{
	g_autofree char *value = g_strnfill(1 << 20, 'x');
	const char *const values[] = {value, "true"};
	int rows = 0;

	report_writer_begin(writer, "Row", columns, G_N_ELEMENTS(columns));
	while (report_writer_add(writer, values))
		rows++;
	assert_false(report_writer_add(writer, values));
	return rows;
}

static void
test_a_report_is_too_long(void **state)
{
	struct report report;

	(void)state;
	report_open(&report, REPORT_FORM_XML, NULL);
	assert_int_equal(fill(report.writer), (REPORT_BYTES_MAX >> 20) - 1);
	assert_int_equal(report_writer_state(report.writer), REPORT_TOO_LONG);
	assert_in_range(
	    report_memory_taken(report.memory), REPORT_BYTES_MAX - (2 << 20), REPORT_BYTES_MAX);
	report_end(&report);
}

static void
test_all_reports_are_too_long(void **state)
{
	enum { OTHERS = REPORT_BYTES_ALL - (8 << 20) };
	struct report report;
	struct report_claim *others;

	(void)state;
	report_open(&report, REPORT_FORM_XML, NULL);
	others = report_claim_create(report.memory);
	assert_true(report_claim_grow(others, OTHERS));
	assert_in_range(fill(report.writer), 6, 8);
	assert_int_equal(report_writer_state(report.writer), REPORT_CROWDED);
	assert_in_range(report_memory_taken(report.memory), OTHERS + (6 << 20), REPORT_BYTES_ALL);
	report_claim_free(others);
	report_end(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_documents),
	    cmocka_unit_test(test_types_of_columns),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_a_report_is_too_long),
	    cmocka_unit_test(test_all_reports_are_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
