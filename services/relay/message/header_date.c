#include "services/relay/message/header_date.h"

#include <gmime/gmime.h>

#include "base/clock.h"

char *
header_date(int64_t when)
{
	GDateTime *time = g_date_time_new_from_unix_utc(when / CLOCK_SECOND);
	char *text = g_mime_utils_header_format_date(time);

	g_date_time_unref(time);
	return text;
}
