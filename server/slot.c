#include "server/slot.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "server/private_postgres.h"

int64_t
slot_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
slot_close_report(struct slot *slot)
{
	if (slot->report >= 0)
		close(slot->report);
	slot->report = -1;
}

static int64_t
slot_backoff(const struct slot *slot)
{
	unsigned doublings = slot->failures - 2;

	if (slot->failures < 2)
		return 0;
	return doublings > 6
	    ? SLOT_BACKOFF_MAX_MS
	    : MIN((int64_t)SLOT_BACKOFF_FIRST_MS << doublings, SLOT_BACKOFF_MAX_MS);
}

static void
slot_set_down(struct slot *slot)
{
	slot_close_report(slot);
	slot->pid = 0;
	slot->state = SLOT_DOWN;
	if (slot_now() - slot->started_at >= SLOT_STEADY_MS)
		slot->failures = 0;
	slot->failures++;
	slot->start_at = slot_now() + slot_backoff(slot);
}

void
slot_start(struct slot *slot, const struct process_start *start)
{
	struct error error;

	assert(slot->state == SLOT_DOWN);
	slot->started_at = slot_now();
	slot->report = -1;
	if (slot->postgres != NULL)
		slot->pid = private_postgres_spawn(slot->postgres, &error);
	else
		slot->pid = process_spawn(slot->name, slot->run, start, &slot->report, &error);
	if (slot->pid < 0) {
		log_error("process-not-started", "name=%s reason=\"%s\"", slot->name, error.text);
		slot_set_down(slot);
		return;
	}
	/* Whoever uses PostgreSQL waits for it: it has nothing to report. */
	slot->state = slot->postgres != NULL ? SLOT_READY : SLOT_STARTING;
	log_debug("process-started", "name=%s pid=%d", slot->name, (int)slot->pid);
}

enum process_report
slot_listen(struct slot *slot, struct error *error)
{
	enum process_report report;

	if (slot->report < 0)
		return PROCESS_REPORT_NONE;
	report = process_read_report(slot->report, error);
	if (report == PROCESS_REPORT_READY)
		slot->state = SLOT_READY;
	if (report != PROCESS_REPORT_NONE)
		slot_close_report(slot);
	return report;
}

void
slot_stop(struct slot *slot, unsigned seconds)
{
	if (slot->stopping)
		return;
	slot->stopping = true;
	if (slot->postgres != NULL)
		seconds = SLOT_POSTGRES_SECONDS;
	slot->kill_at = slot_now() + (int64_t)seconds * 1000 + SLOT_KILL_GRACE_MS;
	if (slot->pid > 0)
		kill(slot->pid, slot->postgres != NULL ? SIGINT : SIGTERM);
	if (slot->predecessor > 0)
		kill(slot->predecessor, SIGTERM);
}

void
slot_kill(struct slot *slot)
{
	if (slot->pid > 0)
		kill(slot->pid, slot->postgres != NULL ? SIGQUIT : SIGKILL);
	if (slot->predecessor > 0)
		kill(slot->predecessor, SIGKILL);
}

/* The successor did not come up: who was there goes on. */
static void
slot_restore_predecessor(struct slot *slot)
{
	slot_close_report(slot);
	slot->pid = slot->predecessor;
	slot->predecessor = 0;
	slot->state = SLOT_READY;
}

void
slot_replace(struct slot *slot, const struct process_start *start)
{
	assert(slot->predecessor == 0);
	slot_close_report(slot);
	slot->predecessor = slot->pid;
	slot->pid = 0;
	slot->state = SLOT_DOWN;
	slot->failures = 0;
	slot_start(slot, start);
	if (slot->state == SLOT_DOWN)
		slot_restore_predecessor(slot);
}

void
slot_retire(struct slot *slot, unsigned seconds)
{
	if (slot->predecessor == 0)
		return;
	kill(slot->predecessor, SIGTERM);
	slot->kill_at = slot_now() + (int64_t)seconds * 1000 + SLOT_KILL_GRACE_MS;
}

static void
slot_log_end(const struct slot *slot, pid_t pid, int status)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);

	if (slot->kill_at != 0 && (number == 0 || (WIFSIGNALED(status) && number == SIGTERM)))
		log_debug("process-ended", "name=%s pid=%d", slot->name, (int)pid);
	else if (WIFSIGNALED(status))
		log_warning(
		    "process-ended", "name=%s pid=%d signal=%d", slot->name, (int)pid, number);
	else
		log_warning(
		    "process-ended", "name=%s pid=%d exit=%d", slot->name, (int)pid, number);
}

bool
slot_reap(struct slot *slot, pid_t pid, int status)
{
	if (pid != slot->pid && pid != slot->predecessor)
		return false;
	slot_log_end(slot, pid, status);
	if (pid == slot->predecessor) {
		slot->predecessor = 0;
		if (!slot->stopping)
			slot->kill_at = 0;
	} else if (slot->predecessor != 0 && slot->kill_at == 0) {
		slot_restore_predecessor(slot);
	} else {
		slot_set_down(slot);
	}
	return true;
}

bool
slot_is_alive(const struct slot *slot)
{
	return slot->pid != 0 || slot->predecessor != 0;
}

void
slot_enforce(struct slot *slot)
{
	if (slot->kill_at == 0 || !slot_is_alive(slot) || slot_now() < slot->kill_at)
		return;
	log_warning("process-killed", "name=%s text=\"it did not end in time\"", slot->name);
	if (slot->predecessor != 0)
		kill(slot->predecessor, SIGKILL);
	else
		slot_kill(slot);
	slot->kill_at = slot_now() + SLOT_KILL_GRACE_MS;
}

int64_t
slot_due(const struct slot *slot)
{
	if (slot->kill_at != 0 && slot_is_alive(slot))
		return slot->kill_at;
	return slot->state == SLOT_DOWN ? slot->start_at : INT64_MAX;
}
