/* GetMassEmailReport: eight numbers about a campaign. */
#include "services/soap/operation.h"

#include <string.h>

#include "db/campaign_report.h"

enum mass_email_number {
	NUMBER_RECIPIENTS,
	NUMBER_OPENED,
	NUMBER_CLICKED,
	NUMBER_UNSUBSCRIBES,
	NUMBER_BOUNCES,
	NUMBER_FORWARDS,
	NUMBER_REPLIES,
	NUMBER_PAGE_VIEWS,
	NUMBERS
};

int
__jango__GetMassEmailReport(struct soap *soap, struct _jango__GetMassEmailReport *request,
    struct _jango__GetMassEmailReportResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct jango__ArrayOfInt *report;
	struct campaign_counts counts;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	status = campaign_counts_read(
	    operation->database, operation->account_id, request->JobID, &counts, &found, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return operation_throw_no_campaign(soap, request->JobID);
	report = soap_new_jango__ArrayOfInt(soap, 1);
	report->__sizeint_ = NUMBERS;
	report->int_ = soap_new_int(soap, NUMBERS);
	memset(report->int_, 0, NUMBERS * sizeof(*report->int_));
	report->int_[NUMBER_RECIPIENTS] = (int)counts.recipients;
	report->int_[NUMBER_UNSUBSCRIBES] = (int)counts.unsubscribes;
	report->int_[NUMBER_BOUNCES] = (int)counts.bounces;
	response->GetMassEmailReportResult = report;
	return SOAP_OK;
}
