#include "services/soap/suppression_list.h"

#include "db/suppression.h"

#include "services/soap/date_parameter.h"

static int
answer_not_found(struct soap *soap, char **result)
{
	*result = soap_strdup(soap, "3\nNot Found");
	return SOAP_OK;
}

/* The address to look for: it need not be one that could be added now. */
static const char *
entry_address(struct soap *soap, const struct suppression_entry *entry)
{
	return operation_trimmed(soap, entry->address);
}

int
suppression_list_add(struct soap *soap, const struct suppression_entry *entry, char **result)
{
	struct operation *operation = operation_begin(soap, entry->username, entry->password);
	const char *address;
	int32_t suppression_id;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	address = operation_address(soap, "EmailAddress", entry->address);
	if (address == NULL)
		return soap->error;
	status = suppression_add(operation->database, operation->account_id, entry->list, address,
	    &suppression_id, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	return operation_succeed(soap, result, suppression_id);
}

int
suppression_list_check(struct soap *soap, const struct suppression_entry *entry, char **result)
{
	struct operation *operation = operation_begin(soap, entry->username, entry->password);
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	status = suppression_find(operation->database, operation->account_id, entry->list,
	    entry_address(soap, entry), &found, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return answer_not_found(soap, result);
	*result = soap_strdup(soap, "0\nSUCCESS");
	return SOAP_OK;
}

int
suppression_list_delete(struct soap *soap, const struct suppression_entry *entry, char **result)
{
	struct operation *operation = operation_begin(soap, entry->username, entry->password);
	int32_t suppression_id;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	status = suppression_delete(operation->database, operation->account_id, entry->list,
	    entry_address(soap, entry), &suppression_id, &found, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return answer_not_found(soap, result);
	return operation_succeed(soap, result, suppression_id);
}

/* False: thrown. */
static bool
since_read(struct soap *soap, const char *given, int64_t *since)
{
	char *text = operation_trimmed(soap, given);
	bool is_day;

	*since = 0;
	if (*text == '\0')
		return true;
	if (!date_parameter_parse(text, since, &is_day)) {
		exception_throw(soap, EXCEPTION_INVALID_DATE,
		    "Since \"%.60s\" is no date such as 2010-03-19T14:05:00Z or 3/19/2010 2:05 PM.",
		    text);
		return false;
	}
	*since = MAX(*since, 0);
	return true;
}

struct lines {
	GString *text;
	size_t count;
	enum suppression_line line;
};

static bool
add_line(void *arg, const struct suppression_row *row)
{
	struct lines *lines = arg;

	if (lines->count++ > 0)
		g_string_append_c(lines->text, '\n');
	g_string_append(lines->text, row->address);
	if (lines->line == SUPPRESSION_LINE_CODES)
		g_string_append_printf(
		    lines->text, "\t%s\t%s", row->smtp_code, suppression_word(row->is_definitive));
	return true;
}

int
suppression_list_read(struct soap *soap, const struct suppression_query *query, char **result)
{
	struct operation *operation = operation_begin(soap, query->username, query->password);
	struct lines lines = {.line = query->line};
	int64_t since;
	struct error error;
	enum db_status status;

	if (operation == NULL || !since_read(soap, query->since, &since))
		return soap->error;
	lines.text = g_string_new("0\nSUCCESS\n");
	status = suppression_list(operation->database, operation->account_id, query->selection,
	    since, add_line, &lines, &error);
	if (status == DB_STATUS_OK)
		return operation_answer(soap, result, lines.text);
	g_string_free(lines.text, TRUE);
	return exception_throw_database(soap, status, &error);
}
