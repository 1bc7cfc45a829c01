/* Reports_GetUnsubscribesAll_String and _XML, Reports_GetUnsubscribesByCampaign_String and _XML. */
#include "services/soap/suppression_list.h"

#include "base/clock.h"

#include "services/soap/text_rows.h"
#include "services/soap/xml_rows.h"

enum { UNSUBSCRIBE_COLUMNS = 2 };

static const char *const unsubscribe_columns[UNSUBSCRIBE_COLUMNS] = {
    "EmailAddress", "UnsubscribeDateTime"};

static void
add_text_row(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *values[UNSUBSCRIBE_COLUMNS] = {row->address, clock_iso(row->when, when)};

	text_rows_add(arg, values, UNSUBSCRIBE_COLUMNS);
}

static void
add_xml_row(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *values[UNSUBSCRIBE_COLUMNS] = {row->address, clock_iso(row->when, when)};

	xml_rows_add(arg, values);
}

static enum db_status
read_all(struct operation *operation, suppression_each *each, void *rows, struct error *error)
{
	return suppression_list(operation->database, operation->account_id,
	    SUPPRESSION_UNSUBSCRIBED, 0, each, rows, error);
}

static enum db_status
read_campaign(struct operation *operation, int32_t campaign_id, suppression_each *each, void *rows,
    struct error *error)
{
	return suppression_list_campaign_unsubscribes(
	    operation->database, operation->account_id, campaign_id, each, rows, error);
}

static int
answer_text(struct soap *soap, enum db_status status, const struct error *error,
    struct text_rows *rows, char **result)
{
	if (status == DB_STATUS_OK)
		return operation_answer(soap, result, rows->text);
	g_string_free(rows->text, TRUE);
	return exception_throw_database(soap, status, error);
}

/* The document; NULL: thrown. */
static char *
finish_document(
    struct soap *soap, enum db_status status, const struct error *error, struct xml_rows *rows)
{
	if (status == DB_STATUS_OK)
		return xml_rows_finish(rows, soap);
	xml_rows_destroy(rows);
	exception_throw_database(soap, status, error);
	return NULL;
}

int
__jango__Reports_GetUnsubscribesAll_String(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesAll_String *request,
    struct _jango__Reports_GetUnsubscribesAll_StringResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct text_rows rows;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	text_rows_begin(&rows, operation_text(request->RowDelimiter),
	    operation_text(request->ColDelimiter), operation_text(request->TextQualifier));
	status = read_all(operation, add_text_row, &rows, &error);
	return answer_text(
	    soap, status, &error, &rows, &response->Reports_GetUnsubscribesAll_StringResult);
}

int
__jango__Reports_GetUnsubscribesAll_XML(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesAll_XML *request,
    struct _jango__Reports_GetUnsubscribesAll_XMLResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct xml_rows *rows;
	char *document;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	rows = xml_rows_create("Unsubscribes", unsubscribe_columns, UNSUBSCRIBE_COLUMNS);
	status = read_all(operation, add_xml_row, rows, &error);
	document = finish_document(soap, status, &error, rows);
	if (document == NULL)
		return soap->error;
	response->Reports_GetUnsubscribesAll_XMLResult =
	    soap_new__jango__Reports_GetUnsubscribesAll_XMLResponse_Reports_GetUnsubscribesAll_XMLResult(
		soap, 1);
	response->Reports_GetUnsubscribesAll_XMLResult->__any = document;
	return SOAP_OK;
}

int
__jango__Reports_GetUnsubscribesByCampaign_String(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesByCampaign_String *request,
    struct _jango__Reports_GetUnsubscribesByCampaign_StringResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct text_rows rows;
	struct error error;
	enum db_status status;

	if (operation == NULL || !operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	text_rows_begin(&rows, operation_text(request->RowDelimiter),
	    operation_text(request->ColDelimiter), operation_text(request->TextQualifier));
	status = read_campaign(operation, request->JobID, add_text_row, &rows, &error);
	return answer_text(
	    soap, status, &error, &rows, &response->Reports_GetUnsubscribesByCampaign_StringResult);
}

int
__jango__Reports_GetUnsubscribesByCampaign_XML(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesByCampaign_XML *request,
    struct _jango__Reports_GetUnsubscribesByCampaign_XMLResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct xml_rows *rows;
	char *document;
	struct error error;
	enum db_status status;

	if (operation == NULL || !operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	rows = xml_rows_create("Unsubscribes", unsubscribe_columns, UNSUBSCRIBE_COLUMNS);
	status = read_campaign(operation, request->JobID, add_xml_row, rows, &error);
	document = finish_document(soap, status, &error, rows);
	if (document == NULL)
		return soap->error;
	response->Reports_GetUnsubscribesByCampaign_XMLResult =
	    soap_new__jango__Reports_GetUnsubscribesByCampaign_XMLResponse_Reports_GetUnsubscribesByCampaign_XMLResult(
		soap, 1);
	response->Reports_GetUnsubscribesByCampaign_XMLResult->__any = document;
	return SOAP_OK;
}
