/*
 * Reports_GetForwards and Reports_GetReplies, each _String, _XML and _DataSet. Neither comes by way of this server, so they have no
 * rows.
 */
#include "services/soap/report.h"

static const struct report_column forward_columns[] = {{"EmailAddress", REPORT_STRING},
    {"ForwardedTo", REPORT_STRING}, {"ForwardDateTime", REPORT_DATE_TIME}};
static const struct report_column reply_columns[] = {
    {"EmailAddress", REPORT_STRING}, {"ReplyDateTime", REPORT_DATE_TIME}};

static const struct report forwards = {"Forwards", forward_columns, G_N_ELEMENTS(forward_columns),
    report_read_campaign_none, REPORT_OF_STANDBY};
static const struct report replies = {"Replies", reply_columns, G_N_ELEMENTS(reply_columns),
    report_read_campaign_none, REPORT_OF_STANDBY};

REPORT_AS_TEXT(Reports_GetForwards_String, forwards, .job_id = request->JobID)
REPORT_AS_XML(Reports_GetForwards_XML, forwards, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetForwards_DataSet, forwards, .job_id = request->JobID)
REPORT_AS_TEXT(Reports_GetReplies_String, replies, .job_id = request->JobID)
REPORT_AS_XML(Reports_GetReplies_XML, replies, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetReplies_DataSet, replies, .job_id = request->JobID)
