#include "server/service_manager.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include <glib.h>

#include "base/log.h"

static void
service_manager_check_sent(int outcome)
{
	if (outcome < 0)
		log_warning("service-manager-untold", "reason=\"%s\"", strerror(-outcome));
}

void
service_manager_open(struct service_manager *manager, int64_t now)
{
	uint64_t within = 0;
	bool is_watched = getenv("NOTIFY_SOCKET") != NULL && sd_watchdog_enabled(0, &within) > 0;

	manager->alive_every = is_watched ? MAX((int64_t)(within / 2000), 1) : 0;
	manager->alive_at = is_watched ? now : INT64_MAX;
}

void
service_manager_tell_ready(unsigned processes)
{
	service_manager_check_sent(
	    sd_notifyf(0, "READY=1\nSTATUS=Serves with %u processes.", processes));
}

void
service_manager_tell_reloading(void)
{
	/* MONOTONIC_USEC is for Type=notify-reload. */
	service_manager_check_sent(sd_notifyf(0,
	    "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=Reads its configuration anew.",
	    g_get_monotonic_time()));
}

void
service_manager_tell_stopping(void)
{
	service_manager_check_sent(
	    sd_notify(0, "STOPPING=1\nSTATUS=Takes no more mail, and ends what it began."));
}

void
service_manager_tell_alive(struct service_manager *manager, int64_t now)
{
	if (now < manager->alive_at)
		return;
	service_manager_check_sent(sd_notify(0, "WATCHDOG=1"));
	manager->alive_at = now + manager->alive_every;
}

void
service_manager_forget(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}
