/* Reports_GetUnsubscribesAll and Reports_GetUnsubscribesByCampaign, each _String, _XML and _DataSet. */
#include "services/soap/report.h"

#include "base/clock.h"
#include "db/suppression_report.h"

static const struct report_column columns[] = {
    {"EmailAddress", REPORT_STRING}, {"UnsubscribeDateTime", REPORT_DATE_TIME}};

static bool
add_entry(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *const values[] = {row->address, clock_iso(row->when, when)};

	return report_writer_add(arg, values);
}

static bool
read_all(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct error error;

	(void)call;
	return report_read_ended(soap,
	    suppression_list(operation->database, operation->account_id, SUPPRESSION_UNSUBSCRIBED,
		0, add_entry, writer, &error),
	    &error);
}

static bool
read_campaign(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct error error;

	return operation_find_campaign(soap, operation, call->job_id) &&
	    report_read_ended(soap,
		suppression_list_campaign_unsubscribes(operation->database, operation->account_id,
		    call->job_id, add_entry, writer, &error),
		&error);
}

static const struct report all = {
    "Unsubscribes", columns, G_N_ELEMENTS(columns), read_all, REPORT_OF_STANDBY};
static const struct report by_campaign = {
    "Unsubscribes", columns, G_N_ELEMENTS(columns), read_campaign, REPORT_OF_STANDBY};

REPORT_AS_TEXT(Reports_GetUnsubscribesAll_String, all, REPORT_NO_PARAMETERS)
REPORT_AS_XML(Reports_GetUnsubscribesAll_XML, all, REPORT_NO_PARAMETERS)
REPORT_AS_DATASET(Reports_GetUnsubscribesAll_DataSet, all, REPORT_NO_PARAMETERS)
REPORT_AS_TEXT(Reports_GetUnsubscribesByCampaign_String, by_campaign, .job_id = request->JobID)
REPORT_AS_XML(Reports_GetUnsubscribesByCampaign_XML, by_campaign, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetUnsubscribesByCampaign_DataSet, by_campaign, .job_id = request->JobID)
