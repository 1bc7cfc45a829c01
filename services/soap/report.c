#include "services/soap/report.h"

#include <string.h>

#include "base/metrics.h"
#include "db/standby.h"

#include "services/soap/date_parameter.h"

static bool
throw_state(struct soap *soap, enum report_state state)
{
	switch (state) {
	case REPORT_GOING:
		return true;
	case REPORT_TOO_LONG:
		exception_throw(soap, EXCEPTION_TOO_MANY_ROWS,
		    "The report is longer than %d MiB; ask for a shorter time, or for text in place of XML.",
		    REPORT_BYTES_MAX >> 20);
		return false;
	case REPORT_CROWDED:
		exception_throw(soap, EXCEPTION_TOO_MANY_REQUESTS,
		    "The server makes too many long reports just now; try again.");
	}
	return false;
}

static bool
report_read(struct soap *soap, const struct report *report, const struct report_call *call,
    enum report_form form, const struct report_delimiters *delimiters)
{
	struct operation *operation = soap->user;

	report_writer_destroy(operation->report); /* of another reading */
	operation->report = report_writer_create(operation->report_claim, form, delimiters);
	if (report->columns != NULL)
		report_writer_begin(
		    operation->report, report->row, report->columns, report->column_count);
	return report->read(soap, operation, call, operation->report);
}

/* Whatever it throws is forgotten: the primary is asked then. */
static bool
report_read_standby(struct soap *soap, const struct report *report, const struct report_call *call,
    enum report_form form, const struct report_delimiters *delimiters)
{
	struct operation *operation = soap->user;
	struct db_connection *primary = operation->database, *reader;
	bool read;

	if (report->source == REPORT_OF_PRIMARY || operation->standby == NULL)
		return false;
	reader = db_standby_take(operation->standby, primary, operation->account_id,
	    report->source == REPORT_OF_STANDBY ? DB_STANDBY_RECENT : DB_STANDBY_CURRENT);
	if (reader == NULL)
		return false;
	operation->database = reader;
	operation->is_at_standby = true;
	read = report_read(soap, report, call, form, delimiters);
	operation->database = primary;
	operation->is_at_standby = false;
	db_standby_give(operation->standby, reader);
	if (!read)
		exception_forget(soap);
	return read;
}

/* The text, which lives as long as the call. NULL: thrown. */
static char *
report_make(struct soap *soap, const struct report *report, const struct report_call *call,
    enum report_form form, const struct report_delimiters *delimiters)
{
	struct operation *operation = operation_begin(soap, call->username, call->password);
	bool at_standby;

	if (operation == NULL)
		return NULL;
	operation->report_claim = report_claim_create(operation->report_memory);
	at_standby = report_read_standby(soap, report, call, form, delimiters);
	if (!at_standby && !report_read(soap, report, call, form, delimiters))
		return NULL;
	metrics_count(at_standby ? METRIC_REPORTS_STANDBY : METRIC_REPORTS_PRIMARY, 1);
	if (!throw_state(soap, report_writer_state(operation->report)))
		return NULL;
	return report_writer_end(operation->report);
}

int
report_text(struct soap *soap, const struct report *report, const struct report_call *call,
    const struct report_delimiters *delimiters, char **result)
{
	const struct report_delimiters given = {operation_text(delimiters->row),
	    operation_text(delimiters->column), operation_text(delimiters->qualifier)};

	*result = report_make(soap, report, call, REPORT_FORM_TEXT, &given);
	return soap->error;
}

int
report_xml(
    struct soap *soap, const struct report *report, const struct report_call *call, char **document)
{
	*document = report_make(soap, report, call, REPORT_FORM_XML, NULL);
	return soap->error;
}

int
report_dataset(
    struct soap *soap, const struct report *report, const struct report_call *call, char **document)
{
	*document = report_make(soap, report, call, REPORT_FORM_DATASET, NULL);
	return soap->error;
}

void *
report_result(struct soap *soap, size_t size)
{
	void *result = soap_malloc(soap, size);

	return memset(result, 0, size);
}

bool
report_read_campaign_none(struct soap *soap, struct operation *operation,
    const struct report_call *call, struct report_writer *writer)
{
	(void)writer;
	return operation_find_campaign(soap, operation, call->job_id);
}

bool
report_read_ended(struct soap *soap, enum db_status status, const struct error *error)
{
	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, error);
	return status == DB_STATUS_OK;
}

static bool
date_read(struct soap *soap, const char *name, const char *given, int64_t *when, bool *is_day)
{
	if (date_parameter_parse(given, when, is_day))
		return true;
	exception_throw(soap, EXCEPTION_INVALID_DATE,
	    "%s \"%.60s\" is no date such as 2010-03-19T14:05:00Z or 3/19/2010 2:05 PM.", name,
	    given);
	return false;
}

bool
report_range_read(struct soap *soap, const char *begin_name, const char *begin,
    const char *end_name, const char *end, struct report_range *range)
{
	bool is_day;

	*range = (struct report_range){.begin = 0, .end = INT64_MAX};
	if (*operation_text(begin) != '\0') {
		if (!date_read(soap, begin_name, begin, &range->begin, &is_day))
			return false;
		range->begin = MAX(range->begin, 0);
	}
	if (*operation_text(end) != '\0') {
		if (!date_read(soap, end_name, end, &range->end, &is_day))
			return false;
		range->end = date_parameter_end(range->end, is_day);
	}
	return true;
}
