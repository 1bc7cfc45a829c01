/*
 * A child process of the supervisor: how it is made, and what it tells.
 *
 * In the child: process_main() runs with default signals but SIGINT, SIGHUP and SIGPIPE ignored (a terminal's
 * Ctrl-C is for the supervisor), and gets SIGKILL when the supervisor dies. It calls process_report_ready() once it
 * serves, or returns process_report_failed() when it never can; SIGTERM asks it to end what it began and return.
 */
#ifndef SERVER_PROCESS_H
#define SERVER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "server/config.h"

enum { PROCESS_NAME_SIZE = 32 };

/* What a child is given; valid for its life. */
struct process_start {
	const struct config *config;
	const char *name;     /* in logs and metrics; process_spawn() sets it */
	const char *conninfo; /* of the database, private or named */
	int report;           /* for process_report_*() */
};

typedef int process_main(const struct process_start *start);

/*
 * Starts a child named `name` in logs and in ps. *report is the supervisor's end of the pipe, non-blocking, for
 * process_read_report() and close(). Returns the process id or -1.
 */
pid_t process_spawn(const char *name, process_main *run, const struct process_start *start,
    int *report, struct error *error);

/* In the child: what it accepts is entered in the ledger (base/ledger.h). Where that cannot be, it is logged, and mail goes on. */
void process_open_ledger(const struct config *config);

/* In the child. process_report_failed() returns the exit code. */
void process_report_ready(const struct process_start *start);
int process_report_failed(const struct process_start *start, const struct error *error);

enum process_report {
	PROCESS_REPORT_NONE, /* nothing new */
	PROCESS_REPORT_READY,
	PROCESS_REPORT_FAILED, /* error holds the child's reason */
	PROCESS_REPORT_CLOSED  /* it ended without a word */
};
enum process_report process_read_report(int report, struct error *error);

#endif
