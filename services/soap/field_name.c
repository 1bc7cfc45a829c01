#include "services/soap/field_name.h"

#include <glib.h>

#include "base/name.h"
#include "db/email_group_member.h"

bool
field_name_check(const char *name, struct error *error)
{
	return name_check(name, EMAIL_GROUP_FIELD_NAME_MAX, error);
}

bool
field_name_is_address(const char *name)
{
	return g_ascii_strcasecmp(name, "EmailAddress") == 0;
}
