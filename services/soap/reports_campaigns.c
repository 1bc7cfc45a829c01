/*
 * Reports_GetMassEmailInformation_String, _XML, _DataSet, _String2, _XML2 and _DataSet2: the campaigns of a time.
 * Reports_GetSentMessageCount.
 */
#include "services/soap/report.h"

#include <string.h>

#include "base/clock.h"
#include "db/campaign_report.h"

#include "services/soap/send_message.h"

/* Neither opens nor clicks are tracked. The last column, the caller's own identifier of a campaign, is the option CampaignID that
 * it was sent with; the operations whose names end in 2 have it. */
enum { CAMPAIGN_COLUMNS_2 = 12, CAMPAIGN_COLUMNS = CAMPAIGN_COLUMNS_2 - 1 };

static const struct report_column columns[CAMPAIGN_COLUMNS_2] = {
    {"JobID", REPORT_INT},
    {"Subject", REPORT_STRING},
    {"FromEmail", REPORT_STRING},
    {"FromName", REPORT_STRING},
    {"SentDateTime", REPORT_DATE_TIME},
    {"Recipients", REPORT_INT},
    {"Delivered", REPORT_INT},
    {"Bounces", REPORT_INT},
    {"Unsubscribes", REPORT_INT},
    {"Opens", REPORT_INT},
    {"Clicks", REPORT_INT},
    {"CampaignID", REPORT_STRING},
};

/* Of the columns before Opens. */
static const enum campaign_sort sorts[] = {
    CAMPAIGN_SORT_ID,
    CAMPAIGN_SORT_SUBJECT,
    CAMPAIGN_SORT_FROM_EMAIL,
    CAMPAIGN_SORT_FROM_NAME,
    CAMPAIGN_SORT_CREATED_AT,
    CAMPAIGN_SORT_RECIPIENTS,
    CAMPAIGN_SORT_DELIVERED,
    CAMPAIGN_SORT_BOUNCES,
    CAMPAIGN_SORT_UNSUBSCRIBES,
};

/* A column's name or the beginning of one, in any case; what is none sorts by JobID, as old clients' words are not known. */
static enum campaign_sort
sort_read(const char *sort_by)
{
	size_t length = strlen(sort_by);

	for (size_t i = 0; i < G_N_ELEMENTS(sorts) && length > 0; i++)
		if (g_ascii_strncasecmp(columns[i].name, sort_by, length) == 0)
			return sorts[i];
	return CAMPAIGN_SORT_ID;
}

static bool
add_campaign(void *arg, const struct campaign_information *campaign)
{
	char id[DB_NUMBER_SIZE], sent_at[CLOCK_ISO_SIZE], recipients[DB_NUMBER_SIZE];
	char delivered[DB_NUMBER_SIZE], bounces[DB_NUMBER_SIZE], unsubscribes[DB_NUMBER_SIZE];
	g_autofree char *identifier = send_message_option(campaign->options, "CampaignID");
	const char *const values[CAMPAIGN_COLUMNS_2] = {
	    db_number(campaign->campaign_id, id),
	    campaign->subject,
	    campaign->from_email,
	    campaign->from_name,
	    clock_iso(campaign->created_at, sent_at),
	    db_number(campaign->recipients, recipients),
	    db_number(campaign->delivered, delivered),
	    db_number(campaign->bounces, bounces),
	    db_number(campaign->unsubscribes, unsubscribes),
	    "0",
	    "0",
	    identifier != NULL ? identifier : "",
	};

	return report_writer_add(arg, values);
}

static bool
read_campaigns(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct campaign_query query = {
	    .sort = sort_read(operation_text(call->sort_by)),
	    .descending = g_ascii_tolower(*operation_text(call->sort_order)) == 'd',
	};
	struct report_range range;
	bool more;
	struct error error;
	enum db_status status;

	if (!report_range_read(
		soap, "BeginDate", call->begin_date, "EndDate", call->end_date, &range))
		return false;
	query.begin = range.begin;
	query.end = range.end;
	status = campaign_list(operation->database, operation->account_id, &query, add_campaign,
	    writer, &more, &error);
	if (!report_read_ended(soap, status, &error))
		return false;
	if (more)
		exception_throw(soap, EXCEPTION_TOO_MANY_ROWS,
		    "There are more than %d campaigns; ask for a shorter time.",
		    CAMPAIGN_REPORT_MAX);
	return !more;
}

static const struct report campaigns = {
    "MassEmailInformation", columns, CAMPAIGN_COLUMNS, read_campaigns, REPORT_OF_STANDBY};
static const struct report campaigns_2 = {
    "MassEmailInformation", columns, CAMPAIGN_COLUMNS_2, read_campaigns, REPORT_OF_STANDBY};

REPORT_AS_TEXT(Reports_GetMassEmailInformation_String, campaigns, .begin_date = request->BeginDate,
    .end_date = request->EndDate, .sort_by = request->SortBy, .sort_order = request->SortOrder)
REPORT_AS_XML(Reports_GetMassEmailInformation_XML, campaigns, .begin_date = request->BeginDate,
    .end_date = request->EndDate, .sort_by = request->SortBy, .sort_order = request->SortOrder)
REPORT_AS_DATASET(Reports_GetMassEmailInformation_DataSet, campaigns,
    .begin_date = request->BeginDate, .end_date = request->EndDate, .sort_by = request->SortBy,
    .sort_order = request->SortOrder)
REPORT_AS_TEXT(Reports_GetMassEmailInformation_String2, campaigns_2,
    .begin_date = request->BeginDate, .end_date = request->EndDate, .sort_by = request->SortBy,
    .sort_order = request->SortOrder)
REPORT_AS_XML(Reports_GetMassEmailInformation_XML2, campaigns_2, .begin_date = request->BeginDate,
    .end_date = request->EndDate, .sort_by = request->SortBy, .sort_order = request->SortOrder)
REPORT_AS_DATASET(Reports_GetMassEmailInformation_DataSet2, campaigns_2,
    .begin_date = request->BeginDate, .end_date = request->EndDate, .sort_by = request->SortBy,
    .sort_order = request->SortOrder)

int
__jango__Reports_GetSentMessageCount(struct soap *soap,
    struct _jango__Reports_GetSentMessageCount *request,
    struct _jango__Reports_GetSentMessageCountResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct report_range range;
	int64_t count;
	struct error error;
	enum db_status status;

	if (operation == NULL ||
	    !report_range_read(soap, "BeginningDate", request->BeginningDate, "EndingDate",
		request->EndingDate, &range))
		return soap->error;
	status = campaign_count_sent(
	    operation->database, operation->account_id, range.begin, range.end, &count, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	response->Reports_GetSentMessageCountResult = (int)MIN(count, INT32_MAX);
	return SOAP_OK;
}
