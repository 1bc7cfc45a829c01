/* Reports_GetBouncesByCampaign_String, _XML, _DataSet, _String2, _XML2 and _DataSet2: who of a campaign bounced. */
#include "services/soap/report.h"

#include "base/clock.h"
#include "db/suppression_report.h"

/* The operations whose names end in 2 have two columns more. */
static const struct report_column columns[] = {
    {"EmailAddress", REPORT_STRING}, {"BounceDateTime", REPORT_DATE_TIME}};
static const struct report_column columns_2[] = {{"EmailAddress", REPORT_STRING},
    {"SMTPCode", REPORT_STRING}, {"Definitive", REPORT_BOOLEAN},
    {"BounceDateTime", REPORT_DATE_TIME}};

static bool
add_bounce(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *const values[] = {row->address, clock_iso(row->when, when)};

	return report_writer_add(arg, values);
}

static bool
add_bounce_2(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *const values[] = {row->address, row->smtp_code,
	    row->is_definitive ? "true" : "false", clock_iso(row->when, when)};

	return report_writer_add(arg, values);
}

static bool
read_with(struct soap *soap, struct operation *operation, const struct report_call *call,
    suppression_each *each, struct report_writer *writer)
{
	struct error error;

	return operation_find_campaign(soap, operation, call->job_id) &&
	    report_read_ended(soap,
		suppression_list_campaign_bounces(
		    operation->database, operation->account_id, call->job_id, each, writer, &error),
		&error);
}

static bool
read_bounces(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	return read_with(soap, operation, call, add_bounce, writer);
}

static bool
read_bounces_2(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	return read_with(soap, operation, call, add_bounce_2, writer);
}

static const struct report bounces = {
    "Bounces", columns, G_N_ELEMENTS(columns), read_bounces, REPORT_OF_STANDBY};
static const struct report bounces_2 = {
    "Bounces", columns_2, G_N_ELEMENTS(columns_2), read_bounces_2, REPORT_OF_STANDBY};

REPORT_AS_TEXT(Reports_GetBouncesByCampaign_String, bounces, .job_id = request->JobID)
REPORT_AS_XML(Reports_GetBouncesByCampaign_XML, bounces, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetBouncesByCampaign_DataSet, bounces, .job_id = request->JobID)
REPORT_AS_TEXT(Reports_GetBouncesByCampaign_String2, bounces_2, .job_id = request->JobID)
REPORT_AS_XML(Reports_GetBouncesByCampaign_XML2, bounces_2, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetBouncesByCampaign_DataSet2, bounces_2, .job_id = request->JobID)
