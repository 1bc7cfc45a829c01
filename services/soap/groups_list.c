/* Groups_GetList_String, _XML and _DataSet. */
#include "services/soap/report.h"

#include "db/email_group.h"

static const struct report_column columns[] = {
    {"GroupID", REPORT_INT}, {"GroupName", REPORT_STRING}, {"MemberCount", REPORT_INT}};

static bool
add_group(void *arg, int32_t group_id, const char *name, int64_t members)
{
	char id[DB_NUMBER_SIZE], count[DB_NUMBER_SIZE];
	const char *const values[] = {db_number(group_id, id), name, db_number(members, count)};

	return report_writer_add(arg, values);
}

static bool
read_groups(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct error error;

	(void)call;
	return report_read_ended(soap,
	    email_group_list(operation->database, operation->account_id, add_group, writer, &error),
	    &error);
}

static const struct report groups = {
    "Groups", columns, G_N_ELEMENTS(columns), read_groups, REPORT_OF_PRIMARY};

REPORT_AS_TEXT(Groups_GetList_String, groups, REPORT_NO_PARAMETERS)
REPORT_AS_XML(Groups_GetList_XML, groups, REPORT_NO_PARAMETERS)
REPORT_AS_DATASET(Groups_GetList_DataSet, groups, REPORT_NO_PARAMETERS)
