#include "server/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "base/metrics.h"

#include "server/service_manager.h"
#include "server/slot.h"

enum {
	SUPERVISOR_SLOTS_MAX = CONFIG_WORKERS_MAX + 4,
	/* At start, postgres may have to wait until the last processes of a killed one are gone. */
	SUPERVISOR_POSTGRES_FAILURES_MAX = 15
};

enum supervisor_phase { PHASE_STARTING, PHASE_RUNNING, PHASE_STOPPING };

static const char *const phase_names[] = {"starting", "running", "stopping"};

struct supervisor {
	struct process_start start;
	enum supervisor_hangup hangup;
	const struct supervisor_events *events;
	void *arg;
	enum supervisor_phase phase;
	struct slot slots[SUPERVISOR_SLOTS_MAX];
	unsigned count;
	unsigned replacing; /* the slot that a reload has come to; count: none */
	bool reload_wanted;
	struct service_manager manager;
	int signals; /* signalfd */
	bool failed;
	struct error failure;
};

struct supervisor *
supervisor_create(const struct process_start *start, enum supervisor_hangup hangup,
    const struct supervisor_events *events, void *arg)
{
	struct supervisor *supervisor = g_new0(struct supervisor, 1);

	supervisor->start = *start;
	supervisor->hangup = hangup;
	supervisor->events = events;
	supervisor->arg = arg;
	supervisor->signals = -1;
	return supervisor;
}

void
supervisor_destroy(struct supervisor *supervisor)
{
	if (supervisor->signals >= 0)
		close(supervisor->signals);
	g_free(supervisor);
}

static struct slot *
supervisor_add_slot(struct supervisor *supervisor, const char *name, enum supervisor_stage stage)
{
	struct slot *slot = &supervisor->slots[supervisor->count++];

	g_assert(supervisor->count <= SUPERVISOR_SLOTS_MAX);
	snprintf(slot->name, sizeof(slot->name), "%s", name);
	slot->stage = stage;
	slot->report = -1;
	supervisor->replacing = supervisor->count;
	return slot;
}

void
supervisor_add(
    struct supervisor *supervisor, const char *name, enum supervisor_stage stage, process_main *run)
{
	struct slot *slot = supervisor_add_slot(supervisor, name, stage);

	slot->run = run;
}

void
supervisor_add_postgres(struct supervisor *supervisor, struct private_postgres *postgres)
{
	supervisor_add_slot(supervisor, "postgres", SUPERVISOR_STAGE_POSTGRES)->postgres = postgres;
}

static void
supervisor_enter_phase(struct supervisor *supervisor, enum supervisor_phase phase)
{
	supervisor->phase = phase;
	log_info(phase == PHASE_RUNNING ? "ready" : phase_names[phase], "processes=%u",
	    supervisor->count);
	if (phase == PHASE_RUNNING) {
		supervisor->events->ready(supervisor->arg);
		service_manager_tell_ready(supervisor->count);
	} else if (phase == PHASE_STOPPING) {
		service_manager_tell_stopping();
	}
}

static void
supervisor_fail(struct supervisor *supervisor, const struct error *error)
{
	if (!supervisor->failed)
		supervisor->failure = *error;
	supervisor->failed = true;
	if (supervisor->phase != PHASE_STOPPING)
		supervisor_enter_phase(supervisor, PHASE_STOPPING);
}

/* The lowest stage that is not ready. SUPERVISOR_STAGES: all are. */
static unsigned
supervisor_lowest_unready(const struct supervisor *supervisor)
{
	unsigned lowest = SUPERVISOR_STAGES;

	for (unsigned i = 0; i < supervisor->count; i++)
		if (supervisor->slots[i].state != SLOT_READY)
			lowest = MIN(lowest, supervisor->slots[i].stage);
	return lowest;
}

static void
supervisor_start_due(struct supervisor *supervisor, unsigned stage_max)
{
	int64_t now = slot_now();

	for (unsigned i = 0; i < supervisor->count; i++) {
		struct slot *slot = &supervisor->slots[i];

		if (slot->state == SLOT_DOWN && slot->stage <= stage_max && slot->start_at <= now)
			slot_start(slot, &supervisor->start);
	}
}

/* The highest stage that has processes alive is asked to end; nothing left: false. */
static bool
supervisor_stop_highest(struct supervisor *supervisor)
{
	bool alive = false;
	unsigned highest = 0;

	for (unsigned i = 0; i < supervisor->count; i++) {
		if (!slot_is_alive(&supervisor->slots[i]))
			continue;
		alive = true;
		highest = MAX(highest, supervisor->slots[i].stage);
	}
	for (unsigned i = 0; i < supervisor->count; i++)
		if (supervisor->slots[i].stage == highest && slot_is_alive(&supervisor->slots[i]))
			slot_stop(&supervisor->slots[i], supervisor->start.config->drain_seconds);
	return alive;
}

static bool
slot_is_replaceable(const struct slot *slot)
{
	return slot->postgres == NULL && slot->predecessor == 0 && slot->pid != 0;
}

/* One slot after the other: the next when the successor of the last is ready. */
static void
supervisor_replace_next(struct supervisor *supervisor)
{
	while (supervisor->replacing < supervisor->count) {
		struct slot *slot = &supervisor->slots[supervisor->replacing];

		if (slot->state == SLOT_STARTING)
			return;
		slot_retire(slot, supervisor->start.config->drain_seconds);
		if (++supervisor->replacing == supervisor->count) {
			log_info("reloaded", "processes=%u", supervisor->count);
			service_manager_tell_ready(supervisor->count);
		} else if (slot_is_replaceable(slot + 1))
			slot_replace(slot + 1, &supervisor->start);
	}
}

static void
supervisor_reload(struct supervisor *supervisor)
{
	supervisor->reload_wanted = false;
	service_manager_tell_reloading();
	if (!supervisor->events->reload(supervisor->arg, &supervisor->start)) {
		service_manager_tell_ready(supervisor->count);
		return;
	}
	supervisor->replacing = 0;
	if (slot_is_replaceable(&supervisor->slots[0]))
		slot_replace(&supervisor->slots[0], &supervisor->start);
}

/* Does what is to be done now. Returns false when all has ended. */
static bool
supervisor_advance(struct supervisor *supervisor)
{
	unsigned stage;

	for (unsigned i = 0; i < supervisor->count; i++)
		slot_enforce(&supervisor->slots[i]);
	switch (supervisor->phase) {
	case PHASE_STARTING:
		stage = supervisor_lowest_unready(supervisor);
		supervisor_start_due(supervisor, stage);
		/* What needs no report is ready now: the next stage need not wait for an event. */
		if (supervisor_lowest_unready(supervisor) > stage)
			return supervisor_advance(supervisor);
		if (stage == SUPERVISOR_STAGES)
			supervisor_enter_phase(supervisor, PHASE_RUNNING);
		return true;
	case PHASE_RUNNING:
		supervisor_start_due(supervisor, SUPERVISOR_STAGES);
		supervisor_replace_next(supervisor);
		if (supervisor->reload_wanted && supervisor->replacing == supervisor->count) {
			supervisor_reload(supervisor);
			supervisor_replace_next(supervisor);
		}
		return true;
	case PHASE_STOPPING:
		return supervisor_stop_highest(supervisor);
	}
	return false;
}

static void
supervisor_on_report(struct supervisor *supervisor, struct slot *slot)
{
	struct error error;

	if (slot_listen(slot, &error) != PROCESS_REPORT_FAILED)
		return;
	if (supervisor->phase == PHASE_STARTING)
		supervisor_fail(supervisor, &error);
	else
		log_error("process-failed", "name=%s reason=\"%s\"", slot->name, error.text);
}

static void
supervisor_on_death(struct supervisor *supervisor, pid_t pid, int status)
{
	struct error error;

	for (unsigned i = 0; i < supervisor->count; i++) {
		struct slot *slot = &supervisor->slots[i];

		if (pid == slot->pid)
			supervisor_on_report(supervisor, slot);
		if (!slot_reap(slot, pid, status))
			continue;
		if (supervisor->phase == PHASE_STARTING && slot->postgres != NULL &&
		    slot->failures > SUPERVISOR_POSTGRES_FAILURES_MAX) {
			error_set(&error,
			    "the private PostgreSQL does not start: see %s/postgres/postgres.log",
			    supervisor->start.config->data_dir);
			supervisor_fail(supervisor, &error);
		}
		return;
	}
}

static void
supervisor_on_stop(struct supervisor *supervisor)
{
	if (supervisor->phase != PHASE_STOPPING) {
		supervisor_enter_phase(supervisor, PHASE_STOPPING);
		return;
	}
	for (unsigned i = 0; i < supervisor->count; i++)
		if (supervisor->slots[i].postgres == NULL)
			slot_kill(&supervisor->slots[i]);
}

static void
supervisor_on_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo signal_info;
	int status;
	pid_t pid;

	while (
	    read(supervisor->signals, &signal_info, sizeof(signal_info)) == sizeof(signal_info)) {
		if (signal_info.ssi_signo == SIGTERM || signal_info.ssi_signo == SIGINT)
			supervisor_on_stop(supervisor);
		else if (signal_info.ssi_signo == SIGHUP &&
		    supervisor->hangup == SUPERVISOR_HANGUP_STOPS)
			supervisor_on_stop(supervisor);
		else if (signal_info.ssi_signo == SIGHUP)
			supervisor->reload_wanted = true;
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		supervisor_on_death(supervisor, pid, status);
}

static int
supervisor_wait_ms(const struct supervisor *supervisor)
{
	int64_t due = supervisor->manager.alive_at, now = slot_now();

	for (unsigned i = 0; i < supervisor->count; i++) {
		const struct slot *slot = &supervisor->slots[i];
		int64_t its = slot_due(slot);

		/* A stage that must not start yet waits for an event, not for a moment. */
		if (slot->state == SLOT_DOWN && !slot_is_alive(slot) &&
		    (supervisor->phase == PHASE_STOPPING || its <= now))
			continue;
		due = MIN(due, its);
	}
	return due == INT64_MAX ? -1 : (int)CLAMP(due - now, 0, 60000);
}

static void
supervisor_await(struct supervisor *supervisor)
{
	struct pollfd ends[SUPERVISOR_SLOTS_MAX + 1];

	ends[0] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
	for (unsigned i = 0; i < supervisor->count; i++)
		ends[i + 1] = (struct pollfd){.fd = supervisor->slots[i].report, .events = POLLIN};
	if (poll(ends, supervisor->count + 1, supervisor_wait_ms(supervisor)) < 0)
		return;
	for (unsigned i = 0; i < supervisor->count; i++)
		if (ends[i + 1].revents != 0)
			supervisor_on_report(supervisor, &supervisor->slots[i]);
	if (ends[0].revents != 0)
		supervisor_on_signals(supervisor);
}

static bool
supervisor_take_signals(struct supervisor *supervisor, struct error *error)
{
	sigset_t taken;

	sigemptyset(&taken);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGHUP);
	sigaddset(&taken, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &taken, NULL) == 0)
		supervisor->signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (supervisor->signals < 0)
		return error_set(error, "signalfd: %s", strerror(errno));
	return true;
}

bool
supervisor_run(struct supervisor *supervisor, struct error *error)
{
	if (!supervisor_take_signals(supervisor, error))
		return false;
	service_manager_open(&supervisor->manager, slot_now());
	metrics_share();
	supervisor_enter_phase(supervisor, PHASE_STARTING);
	while (supervisor_advance(supervisor)) {
		service_manager_tell_alive(&supervisor->manager, slot_now());
		supervisor_await(supervisor);
	}
	log_info("stopped", "failed=%s", supervisor->failed ? "yes" : "no");
	if (supervisor->failed)
		*error = supervisor->failure;
	return !supervisor->failed;
}
