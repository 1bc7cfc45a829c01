#include "server/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/ledger.h"
#include "base/log.h"

#include "server/process_title.h"

#define PROCESS_READY "ready"

static void
process_reset_signals(void)
{
	sigset_t none;

	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A relay holds a descriptor per session: as many as the machine allows. */
static void
process_raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

pid_t
process_spawn(const char *name, process_main *run, const struct process_start *start, int *report,
    struct error *error)
{
	struct process_start own = *start;
	pid_t parent = getpid(), child;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		error_set(error, "pipe: %s", strerror(errno));
		return -1;
	}
	fflush(NULL);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		close(ends[0]);
		process_title_set(name);
		log_open(name, start->config->log_level);
		process_reset_signals();
		process_raise_descriptors();
		own.report = ends[1];
		own.name = name;
		exit(run(&own));
	}
	close(ends[1]);
	if (child < 0) {
		error_set(error, "fork: %s", strerror(errno));
		close(ends[0]);
		return -1;
	}
	*report = ends[0];
	return child;
}

/* Far below PIPE_BUF: one write, one read. */
static void
process_report(int report, const char *text)
{
	(void)!write(report, text, strlen(text));
	close(report);
}

void
process_report_ready(const struct process_start *start)
{
	process_report(start->report, PROCESS_READY);
}

void
process_open_ledger(const struct config *config)
{
	struct error error;

	if (!ledger_attach(config->ledger, config->ledger_days, &error))
		log_error("ledger-failed", "reason=\"%s\"", error.text);
}

int
process_report_failed(const struct process_start *start, const struct error *error)
{
	process_report(start->report, error->text);
	return 1;
}

enum process_report
process_read_report(int report, struct error *error)
{
	ssize_t length = read(report, error->text, sizeof(error->text) - 1);

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? PROCESS_REPORT_NONE
							 : PROCESS_REPORT_CLOSED;
	if (length == 0)
		return PROCESS_REPORT_CLOSED;
	error->text[length] = '\0';
	return strcmp(error->text, PROCESS_READY) == 0 ? PROCESS_REPORT_READY
						       : PROCESS_REPORT_FAILED;
}
