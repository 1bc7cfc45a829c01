#include "services/soap/transactional_filter.h"

#include "db/transactional_group.h"

static bool
group_read(struct soap *soap, struct operation *operation, const char *name, int32_t *group_id)
{
	char *trimmed = operation_trimmed(soap, name);
	struct transactional_group group;
	struct error error;
	bool found;
	enum db_status status;

	*group_id = 0;
	if (*trimmed == '\0')
		return true;
	status = transactional_group_find_name(
	    operation->database, operation->account_id, trimmed, &group, &found, &error);
	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (!found)
		operation_throw_no_group(soap, trimmed);
	else
		*group_id = group.group_id;
	return *group_id != 0;
}

bool
transactional_filter_read(struct soap *soap, struct operation *operation,
    const struct report_call *call, struct smtp_log_filter *filter)
{
	struct report_range range;

	if (!report_range_read(
		soap, "BeginDate", call->begin_date, "EndDate", call->end_date, &range))
		return false;
	filter->begin = range.begin;
	filter->end = range.end;
	return group_read(soap, operation, call->group_name, &filter->group_id);
}
