#include "services/soap/field_name.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "db/email_group_member.h"

bool
field_name_check(const char *name, struct error *error)
{
	glong characters = g_utf8_strlen(name, -1);

	if (characters == 0)
		return error_set(error, "is empty");
	if (characters > EMAIL_GROUP_FIELD_NAME_MAX)
		return error_set(error, "has %ld characters; %d are allowed", characters,
		    EMAIL_GROUP_FIELD_NAME_MAX);
	if (text_has_control(name, strlen(name)))
		return error_set(error, "has a control character in it");
	return true;
}

bool
field_name_is_address(const char *name)
{
	return g_ascii_strcasecmp(name, "EmailAddress") == 0;
}
