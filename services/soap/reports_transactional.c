/* Reports_Transactional_GetRecipients_XML: what was sent in a transactional group, and what became of it. */
#include "services/soap/transactional_filter.h"

#include "base/clock.h"

static const struct report_column columns[] = {
    {"TransactionalID", REPORT_LONG},
    {"EmailAddress", REPORT_STRING},
    {"Subject", REPORT_STRING},
    {"GroupName", REPORT_STRING},
    {"SentDateTime", REPORT_DATE_TIME},
    {"Status", REPORT_STRING},
    {"Note", REPORT_STRING},
};

static bool
add_delivery(void *arg, const struct smtp_log_delivery *delivery)
{
	char id[DB_NUMBER_SIZE], sent_at[CLOCK_ISO_SIZE];
	const char *const values[] = {db_number(delivery->delivery_id, id), delivery->recipient,
	    delivery->subject, delivery->group_name, clock_iso(delivery->sent_at, sent_at),
	    delivery->status, delivery->note};

	return report_writer_add(arg, values);
}

static bool
read_deliveries(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct smtp_log_filter filter;
	struct error error;

	return transactional_filter_read(soap, operation, call, &filter) &&
	    report_read_ended(soap,
		smtp_log_list_transactional(operation->database, operation->account_id, &filter,
		    add_delivery, writer, &error),
		&error);
}

static const struct report recipients = {
    "Recipients", columns, G_N_ELEMENTS(columns), read_deliveries, REPORT_OF_STANDBY};

REPORT_AS_XML(Reports_Transactional_GetRecipients_XML, recipients, .group_name = request->GroupName,
    .begin_date = request->BeginDate, .end_date = request->EndDate)
