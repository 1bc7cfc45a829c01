/*
 * Reports: each is described once, and an operation gives it out in one form. An operation is
 *
 *   REPORT_AS_XML(Reports_GetForwards_XML, forwards, .job_id = request->JobID)
 *
 * the form, the operation's name in the WSDL, its struct report, and the parameters that it has besides the login.
 */
#ifndef SERVICES_SOAP_REPORT_H
#define SERVICES_SOAP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/soap/operation.h"
#include "services/soap/report_writer.h"

/* Parameters as they came, those that the report has; a string may be NULL. */
struct report_call {
	const char *username;
	const char *password;
	int32_t job_id;
	const char *group_name;
	const char *email_address;
	int32_t email_id;
	const char *begin_date;
	const char *end_date;
	const char *sort_by;
	const char *sort_order;
};

/* Where a report is read, if there is a standby that may be: see db/standby.h. */
enum report_source {
	REPORT_OF_PRIMARY,         /* lists that a caller changes */
	REPORT_OF_CURRENT_STANDBY, /* what may just have been written, and must not be missing */
	REPORT_OF_STANDBY          /* what may be as old as api.reports_staleness says */
};

struct report {
	const char *row; /* name of a row's element in XML */
	/* NULL: read() calls report_writer_begin() */
	const struct report_column *columns;
	size_t column_count;
	/* Checks the parameters and adds the rows until report_writer_add() takes no more. False: thrown. */
	bool (*read)(struct soap *soap, struct operation *operation, const struct report_call *call,
	    struct report_writer *writer);
	enum report_source source;
};

/* The report between the caller's delimiters, of which any may be NULL, into result. Returns what the operation returns. */
int report_text(struct soap *soap, const struct report *report, const struct report_call *call,
    const struct report_delimiters *delimiters, char **result);

/* As an XML document into what a result has for one. Return what the operation returns. */
int report_xml(struct soap *soap, const struct report *report, const struct report_call *call,
    char **document);
int report_dataset(struct soap *soap, const struct report *report, const struct report_call *call,
    char **document);

/* An empty result, of the generated type that has this size, in soap's memory. */
void *report_result(struct soap *soap, size_t size);

/* Each operation's request, response and result are types of their own, with the same members: what follows is written for all. */
#define REPORT_OPERATION(name)                                                                     \
	int __jango__##name(struct soap *soap, struct _jango__##name *request,                     \
	    struct _jango__##name##Response *response)

/* Of an operation that takes the login alone. */
#define REPORT_NO_PARAMETERS .job_id = 0

#define REPORT_CALL(...)                                                                           \
	{                                                                                          \
		.username = request->Username, .password = request->Password, __VA_ARGS__          \
	}

#define REPORT_AS_TEXT(name, report, ...)                                                          \
	REPORT_OPERATION(name)                                                                     \
	{                                                                                          \
		const struct report_call call = REPORT_CALL(__VA_ARGS__);                          \
		const struct report_delimiters delimiters = {                                      \
		    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};         \
                                                                                                   \
		return report_text(soap, &(report), &call, &delimiters, &response->name##Result);  \
	}

#define REPORT_AS_DOCUMENT(name, report, write, ...)                                               \
	REPORT_OPERATION(name)                                                                     \
	{                                                                                          \
		const struct report_call call = REPORT_CALL(__VA_ARGS__);                          \
                                                                                                   \
		response->name##Result = report_result(soap, sizeof(*response->name##Result));     \
		return write(soap, &(report), &call, &response->name##Result->__any);              \
	}

#define REPORT_AS_XML(name, report, ...) REPORT_AS_DOCUMENT(name, report, report_xml, __VA_ARGS__)
#define REPORT_AS_DATASET(name, report, ...)                                                       \
	REPORT_AS_DOCUMENT(name, report, report_dataset, __VA_ARGS__)

/* Reads what is not tracked of a campaign: no rows, but there must be such a campaign. */
bool report_read_campaign_none(struct soap *soap, struct operation *operation,
    const struct report_call *call, struct report_writer *writer);

/* The rows of a statement are read: true when it ended well; if not, thrown. */
bool report_read_ended(struct soap *soap, enum db_status status, const struct error *error);

/* A time from begin (inclusive) to end (exclusive), in microseconds: 0 and INT64_MAX for no limit. An end that is a day means
 * all of it; one with a time includes that moment. False: thrown. The names are for the sentence. */
struct report_range {
	int64_t begin;
	int64_t end;
};

bool report_range_read(struct soap *soap, const char *begin_name, const char *begin,
    const char *end_name, const char *end, struct report_range *range);

#endif
