/* Reports_GetSMTPLog, Reports_GetSMTPLog_Transactional and Reports_GetSMTPLog_ByAddress. */
#include "services/soap/transactional_filter.h"

#include <inttypes.h>

#include "base/text.h"
#include "db/campaign.h"

#include "services/soap/campaign_days.h"
#include "services/soap/operation_wait.h"
#include "services/soap/smtp_log_xml.h"

static int
campaign_log_resume(struct soap *soap)
{
	struct operation *operation = soap->user;
	struct operation_wait *wait = operation->wait;
	g_autoptr(GString) log = g_string_new(NULL);

	if (!smtp_log_take_campaign(operation->database, &wait->log, log) || !wait->confirmed)
		return SOAP_STOP;
	operation->account_id = wait->account.account_id;
	operation->account = g_strdup(wait->account.name);
	return operation_respond(soap, "Reports_GetSMTPLog", log->str);
}

static bool
campaign_log_wait(struct soap *soap, const struct _jango__Reports_GetSMTPLog *request)
{
	struct operation *operation = soap->user;
	struct operation_wait *wait =
	    operation_wait_create(soap, request->Username, request->Password);
	const char *statement;

	if (wait == NULL)
		return false;
	statement =
	    campaign_days_find(operation->campaign_days, wait->account.account_id, request->JobID);
	if (statement == NULL) {
		operation_wait_free(wait);
		return false;
	}
	wait->campaign_id = request->JobID;
	wait->address = text_trim(operation_text(request->EmailAddress));
	wait->resume = campaign_log_resume;
	smtp_log_ask_campaign(
	    &wait->log, wait->account.account_id, request->JobID, statement, wait->address);
	operation->wait = wait;
	return true;
}

/* So that the next call may wait. */
static void
campaign_day_remember(struct operation *operation, int32_t campaign_id)
{
	struct error error;
	int64_t day;
	bool found;

	if (campaign_days_find(operation->campaign_days, operation->account_id, campaign_id) !=
	    NULL)
		return;
	if (campaign_find(operation->database, operation->account_id, campaign_id, &day, &found,
		&error) == DB_STATUS_OK &&
	    found)
		campaign_days_put(
		    operation->campaign_days, operation->account_id, campaign_id, day);
}

int
__jango__Reports_GetSMTPLog(struct soap *soap, struct _jango__Reports_GetSMTPLog *request,
    struct _jango__Reports_GetSMTPLogResponse *response)
{
	struct operation *operation;
	char *address;
	GString *log;
	bool found;
	struct error error;
	enum db_status status;

	if (campaign_log_wait(soap, request))
		return SOAP_STOP;
	operation = operation_begin(soap, request->Username, request->Password);
	if (operation == NULL)
		return soap->error;
	address = operation_trimmed(soap, request->EmailAddress);
	log = g_string_new(NULL);
	status = smtp_log_read_campaign(operation->database, operation->account_id, request->JobID,
	    address, log, &found, &error);
	if (status == DB_STATUS_OK && found) {
		campaign_day_remember(operation, request->JobID);
		return operation_answer(soap, &response->Reports_GetSMTPLogResult, log);
	}
	g_string_free(log, TRUE);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	return exception_throw(soap, EXCEPTION_RECIPIENT_NOT_FOUND,
	    "\"%.255s\" is no recipient of campaign %d.", address, request->JobID);
}

int
__jango__Reports_GetSMTPLog_Transactional(struct soap *soap,
    struct _jango__Reports_GetSMTPLog_Transactional *request,
    struct _jango__Reports_GetSMTPLog_TransactionalResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	GString *log;
	char *recipient = NULL, *document;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	log = g_string_new(NULL);
	status = smtp_log_read_transactional(operation->database, operation->account_id,
	    request->TransactionalID, log, &recipient, &found, &error);
	if (status == DB_STATUS_OK && found) {
		document = smtp_log_xml(request->TransactionalID, recipient, log->str);
		response->Reports_GetSMTPLog_TransactionalResult = soap_strdup(soap, document);
		g_free(document);
		g_free(recipient);
	}
	g_string_free(log, TRUE);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return exception_throw(soap, EXCEPTION_TRANSACTIONAL_ID_NOT_FOUND,
		    "There is no transactional e-mail with the id %" PRId64 ".",
		    (int64_t)request->TransactionalID);
	return SOAP_OK;
}

static bool
add_log(void *arg, int64_t delivery_id, const char *recipient, const char *log)
{
	g_autofree char *document = smtp_log_xml(delivery_id, recipient, log);
	const char *value = document;

	return report_writer_add(arg, &value);
}

static bool
read_logs(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	static const char *const open = "<SMTPLogs>", *const close = "</SMTPLogs>";
	char *address = operation_trimmed(soap, call->email_address);
	struct smtp_log_filter filter;
	struct error error;

	if (!transactional_filter_read(soap, operation, call, &filter))
		return false;
	report_writer_add(writer, &open);
	if (!report_read_ended(soap,
		smtp_log_list_address(operation->database, operation->account_id, &filter, address,
		    add_log, writer, &error),
		&error))
		return false;
	report_writer_add(writer, &close);
	return true;
}

static const struct report_column log_columns[] = {{"SMTPLog", REPORT_STRING}};
static const struct report logs = {
    "SMTPLog", log_columns, G_N_ELEMENTS(log_columns), read_logs, REPORT_OF_CURRENT_STANDBY};

/* Each log is a document of its own already: they follow each other as they are. */
int
__jango__Reports_GetSMTPLog_ByAddress(struct soap *soap,
    struct _jango__Reports_GetSMTPLog_ByAddress *request,
    struct _jango__Reports_GetSMTPLog_ByAddressResponse *response)
{
	const struct report_call call = {.username = request->Username,
	    .password = request->Password,
	    .group_name = request->GroupName,
	    .email_address = request->EmailAddress,
	    .begin_date = request->BeginDate,
	    .end_date = request->EndDate};
	const struct report_delimiters none = {0};

	return report_text(
	    soap, &logs, &call, &none, &response->Reports_GetSMTPLog_ByAddressResult);
}
