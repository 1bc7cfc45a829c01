/* Reports_Transactional_GetRecipients_XML: what was sent in a transactional group, and what became of it. */
#include "services/soap/operation.h"

#include "base/clock.h"
#include "db/smtp_log.h"
#include "db/transactional_group.h"

#include "services/soap/date_parameter.h"
#include "services/soap/xml_rows.h"

enum { REPORT_ROWS_MAX = 100000, REPORT_COLUMNS = 7 };

static const char *const report_columns[REPORT_COLUMNS] = {
    "TransactionalID", "EmailAddress", "Subject", "GroupName", "SentDateTime", "Status", "Note"};

struct report {
	struct xml_rows *rows;
	size_t count;
};

static bool
throw_date(struct soap *soap, const char *parameter, const char *text)
{
	exception_throw(soap, EXCEPTION_INVALID_DATE,
	    "%s \"%.60s\" is no date such as 2010-03-19T14:05:00Z or 3/19/2010 2:05 PM.", parameter,
	    text);
	return false;
}

/* An end that is a day means all of it; one with a time includes that moment. */
static bool
filter_read_dates(
    struct soap *soap, const char *begin, const char *end, struct smtp_log_filter *filter)
{
	int64_t when;
	bool is_day;

	filter->begin = 0;
	filter->end = INT64_MAX;
	if (*begin != '\0') {
		if (!date_parameter_parse(begin, &when, &is_day))
			return throw_date(soap, "BeginDate", begin);
		filter->begin = MAX(when, 0);
	}
	if (*end != '\0') {
		if (!date_parameter_parse(end, &when, &is_day))
			return throw_date(soap, "EndDate", end);
		filter->end = MAX(when, 0) + (is_day ? 86400 * CLOCK_SECOND : 1);
	}
	return true;
}

static bool
filter_read_group(struct soap *soap, struct operation *operation, const char *name,
    struct smtp_log_filter *filter)
{
	char *trimmed = g_strstrip(soap_strdup(soap, name));
	struct transactional_group group;
	struct error error;
	bool found;
	enum db_status status;

	filter->group_id = 0;
	if (*trimmed == '\0')
		return true;
	status = transactional_group_find_name(
	    operation->database, operation->account_id, trimmed, &group, &found, &error);
	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (!found)
		operation_throw_no_group(soap, trimmed);
	else
		filter->group_id = group.group_id;
	return filter->group_id != 0;
}

static bool
add_row(void *arg, const struct smtp_log_delivery *delivery)
{
	struct report *report = arg;
	char id[DB_NUMBER_SIZE], sent_at[CLOCK_ISO_SIZE];
	const char *values[REPORT_COLUMNS] = {db_number(delivery->delivery_id, id),
	    delivery->recipient, delivery->subject, delivery->group_name,
	    clock_iso(delivery->sent_at, sent_at), delivery->status, delivery->note};

	if (++report->count > REPORT_ROWS_MAX)
		return false;
	xml_rows_add(report->rows, values);
	return true;
}

int
__jango__Reports_Transactional_GetRecipients_XML(struct soap *soap,
    struct _jango__Reports_Transactional_GetRecipients_XML *request,
    struct _jango__Reports_Transactional_GetRecipients_XMLResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct report report = {0};
	struct smtp_log_filter filter;
	struct error error;
	enum db_status status;

	if (operation == NULL ||
	    !filter_read_dates(soap, operation_text(request->BeginDate),
		operation_text(request->EndDate), &filter) ||
	    !filter_read_group(soap, operation, operation_text(request->GroupName), &filter))
		return soap->error;
	report.rows = xml_rows_create("Recipients", report_columns, REPORT_COLUMNS);
	status = smtp_log_list_transactional(
	    operation->database, operation->account_id, &filter, add_row, &report, &error);
	if (status == DB_STATUS_OK && report.count <= REPORT_ROWS_MAX) {
		response->Reports_Transactional_GetRecipients_XMLResult =
		    soap_new__jango__Reports_Transactional_GetRecipients_XMLResponse_Reports_Transactional_GetRecipients_XMLResult(
			soap, 1);
		response->Reports_Transactional_GetRecipients_XMLResult->__any =
		    xml_rows_finish(report.rows, soap);
		return SOAP_OK;
	}
	xml_rows_destroy(report.rows);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	return exception_throw(soap, EXCEPTION_TOO_MANY_ROWS,
	    "More than %d e-mails match; ask for a shorter time.", REPORT_ROWS_MAX);
}
