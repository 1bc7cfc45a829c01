#include "services/relay/deliver/bounce.h"

#include <glib.h>

bool
bounce_is_definitive(enum bounce_stage stage, unsigned code, const char *enhanced)
{
	static const char *const of_address[] = {
	    "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", NULL};

	if (stage == BOUNCE_AT_SENDER)
		return false;
	if (enhanced[0] != '\0')
		return g_strv_contains(of_address, enhanced);
	return stage == BOUNCE_AT_RECIPIENT && (code == 550 || code == 551 || code == 556);
}
