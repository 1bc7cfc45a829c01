/* Reports_GetBouncesByCampaign_String, _String2, _XML and _XML2: who of a campaign bounced. */
#include "services/soap/suppression_list.h"

#include "base/clock.h"

#include "services/soap/text_rows.h"
#include "services/soap/xml_rows.h"

/* The operations whose names end in 2 have two columns more. */
enum { BOUNCE_COLUMNS = 2, BOUNCE_COLUMNS_2 = 4 };

static const char *const bounce_columns[BOUNCE_COLUMNS] = {"EmailAddress", "BounceDateTime"};
static const char *const bounce_columns_2[BOUNCE_COLUMNS_2] = {
    "EmailAddress", "SMTPCode", "Definitive", "BounceDateTime"};

static void
add_text_row(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *values[BOUNCE_COLUMNS] = {row->address, clock_iso(row->when, when)};

	text_rows_add(arg, values, BOUNCE_COLUMNS);
}

static void
add_text_row_2(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *values[BOUNCE_COLUMNS_2] = {row->address, row->smtp_code,
	    suppression_word(row->is_definitive), clock_iso(row->when, when)};

	text_rows_add(arg, values, BOUNCE_COLUMNS_2);
}

static void
add_xml_row(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *values[BOUNCE_COLUMNS] = {row->address, clock_iso(row->when, when)};

	xml_rows_add(arg, values);
}

/* A boolean in XML is xs:boolean's. */
static void
add_xml_row_2(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *values[BOUNCE_COLUMNS_2] = {row->address, row->smtp_code,
	    row->is_definitive ? "true" : "false", clock_iso(row->when, when)};

	xml_rows_add(arg, values);
}

/* Reads the rows into what each adds to. False: thrown. */
static bool
bounces_read(struct soap *soap, struct operation *operation, int32_t campaign_id,
    suppression_each *each, void *rows)
{
	struct error error;
	enum db_status status = suppression_list_campaign_bounces(
	    operation->database, operation->account_id, campaign_id, each, rows, &error);

	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	return status == DB_STATUS_OK;
}

static int
bounces_answer_text(struct soap *soap, struct operation *operation, int32_t campaign_id,
    suppression_each *each, struct text_rows *rows, char **result)
{
	if (bounces_read(soap, operation, campaign_id, each, rows))
		return operation_answer(soap, result, rows->text);
	g_string_free(rows->text, TRUE);
	return soap->error;
}

/* The document; NULL: thrown. */
static char *
bounces_document(struct soap *soap, struct operation *operation, int32_t campaign_id,
    suppression_each *each, struct xml_rows *rows)
{
	if (bounces_read(soap, operation, campaign_id, each, rows))
		return xml_rows_finish(rows, soap);
	xml_rows_destroy(rows);
	return NULL;
}

int
__jango__Reports_GetBouncesByCampaign_String(struct soap *soap,
    struct _jango__Reports_GetBouncesByCampaign_String *request,
    struct _jango__Reports_GetBouncesByCampaign_StringResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct text_rows rows;

	if (operation == NULL || !operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	text_rows_begin(&rows, operation_text(request->RowDelimiter),
	    operation_text(request->ColDelimiter), operation_text(request->TextQualifier));
	return bounces_answer_text(soap, operation, request->JobID, add_text_row, &rows,
	    &response->Reports_GetBouncesByCampaign_StringResult);
}

int
__jango__Reports_GetBouncesByCampaign_String2(struct soap *soap,
    struct _jango__Reports_GetBouncesByCampaign_String2 *request,
    struct _jango__Reports_GetBouncesByCampaign_String2Response *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct text_rows rows;

	if (operation == NULL || !operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	text_rows_begin(&rows, operation_text(request->RowDelimiter),
	    operation_text(request->ColDelimiter), operation_text(request->TextQualifier));
	return bounces_answer_text(soap, operation, request->JobID, add_text_row_2, &rows,
	    &response->Reports_GetBouncesByCampaign_String2Result);
}

int
__jango__Reports_GetBouncesByCampaign_XML(struct soap *soap,
    struct _jango__Reports_GetBouncesByCampaign_XML *request,
    struct _jango__Reports_GetBouncesByCampaign_XMLResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	char *document;

	if (operation == NULL || !operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	document = bounces_document(soap, operation, request->JobID, add_xml_row,
	    xml_rows_create("Bounces", bounce_columns, BOUNCE_COLUMNS));
	if (document == NULL)
		return soap->error;
	response->Reports_GetBouncesByCampaign_XMLResult =
	    soap_new__jango__Reports_GetBouncesByCampaign_XMLResponse_Reports_GetBouncesByCampaign_XMLResult(
		soap, 1);
	response->Reports_GetBouncesByCampaign_XMLResult->__any = document;
	return SOAP_OK;
}

int
__jango__Reports_GetBouncesByCampaign_XML2(struct soap *soap,
    struct _jango__Reports_GetBouncesByCampaign_XML2 *request,
    struct _jango__Reports_GetBouncesByCampaign_XML2Response *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	char *document;

	if (operation == NULL || !operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	document = bounces_document(soap, operation, request->JobID, add_xml_row_2,
	    xml_rows_create("Bounces", bounce_columns_2, BOUNCE_COLUMNS_2));
	if (document == NULL)
		return soap->error;
	response->Reports_GetBouncesByCampaign_XML2Result =
	    soap_new__jango__Reports_GetBouncesByCampaign_XML2Response_Reports_GetBouncesByCampaign_XML2Result(
		soap, 1);
	response->Reports_GetBouncesByCampaign_XML2Result->__any = document;
	return SOAP_OK;
}
