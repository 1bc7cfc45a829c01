/*
 * Reports_GetOpens, Reports_GetAllClicks and Reports_GetClicksByURL, each _String, _XML and _DataSet. Neither opens nor clicks are
 * tracked, so they have no rows; how to sort these, and which of the times of an opening to show, does not matter.
 */
#include "services/soap/report.h"

static const struct report_column open_columns[] = {{"EmailAddress", REPORT_STRING},
    {"NumberOpens", REPORT_INT}, {"OpenDateTime", REPORT_DATE_TIME}};
static const struct report_column click_columns[] = {{"EmailAddress", REPORT_STRING},
    {"URL", REPORT_STRING}, {"LinkPosition", REPORT_INT}, {"ClickDateTime", REPORT_DATE_TIME}};

static const struct report opens = {"Opens", open_columns, G_N_ELEMENTS(open_columns),
    report_read_campaign_none, REPORT_OF_STANDBY};
static const struct report clicks = {"Clicks", click_columns, G_N_ELEMENTS(click_columns),
    report_read_campaign_none, REPORT_OF_STANDBY};

REPORT_AS_TEXT(Reports_GetOpens_String, opens, .job_id = request->JobID)
REPORT_AS_XML(Reports_GetOpens_XML, opens, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetOpens_DataSet, opens, .job_id = request->JobID)
REPORT_AS_TEXT(Reports_GetAllClicks_String, clicks, .job_id = request->JobID)
REPORT_AS_XML(Reports_GetAllClicks_XML, clicks, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetAllClicks_DataSet, clicks, .job_id = request->JobID)
REPORT_AS_TEXT(Reports_GetClicksByURL_String, clicks, .job_id = request->JobID)
REPORT_AS_XML(Reports_GetClicksByURL_XML, clicks, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetClicksByURL_DataSet, clicks, .job_id = request->JobID)
