/* Members of e-mail groups with the values of their fields, for the API's reports. Blocking; reads only. */
#ifndef DB_EMAIL_GROUP_REPORT_H
#define DB_EMAIL_GROUP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* A group's fields at one moment, in order of position. */
struct email_group_fields {
	char **names; /* as typed; ends with NULL */
	size_t count;
	char *keys; /* their keys, a text[] literal */
};

enum db_status email_group_fields_read(struct db_connection *connection, int64_t account_id,
    int32_t group_id, struct email_group_fields *fields, struct error *error);

/* What email_group_fields_read() set. */
void email_group_fields_clear(struct email_group_fields *fields);

/* Which members. */
struct email_group_selection {
	const char *address; /* any case; NULL: any */
	int32_t member_id;   /* 0: any */
};

/* Calls each(arg, ...) for the members in order of id until it returns false; values: the address, then a value for each of the
 * fields ("" for none), whatever fields the group has by now. Reads in pages. */
typedef bool email_group_member_each(void *arg, const char *const *values);
enum db_status email_group_member_list(struct db_connection *connection, int64_t account_id,
    int32_t group_id, const struct email_group_fields *fields,
    const struct email_group_selection *selection, email_group_member_each *each, void *arg,
    struct error *error);

#endif
