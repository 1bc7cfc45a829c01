/* Reports_GetSMTPLog and Reports_GetSMTPLog_Transactional. */
#include "services/soap/operation.h"

#include <inttypes.h>

#include "db/smtp_log.h"

#include "services/soap/smtp_log_xml.h"

int
__jango__Reports_GetSMTPLog(struct soap *soap, struct _jango__Reports_GetSMTPLog *request,
    struct _jango__Reports_GetSMTPLogResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	char *address;
	GString *log;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL || !operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	address = g_strstrip(soap_strdup(soap, operation_text(request->EmailAddress)));
	log = g_string_new(NULL);
	status = smtp_log_read_campaign(operation->database, operation->account_id, request->JobID,
	    address, log, &found, &error);
	if (status == DB_STATUS_OK && found)
		return operation_answer(soap, &response->Reports_GetSMTPLogResult, log);
	g_string_free(log, TRUE);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
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
