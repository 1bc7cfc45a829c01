#include "services/relay/message/gmime_ready.h"

#include <gmime/gmime.h>

void
gmime_ready(void)
{
	static gsize ready;

	if (g_once_init_enter(&ready)) {
		g_mime_init();
		g_once_init_leave(&ready, 1);
	}
}
