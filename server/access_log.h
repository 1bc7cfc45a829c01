/*
 * One line for each answer of the API's server: who asked for what, and what came of it. No query, no body, no password, no
 * token of a link, and no username but one whose password was right.
 *
 *   2026-03-19T14:05:11.042Z client=192.0.2.1 method=POST path=/api.asmx operation=AddGroup account=demo status=200
 *   bytes=312 ms=4 fault=-
 */
#ifndef SERVER_ACCESS_LOG_H
#define SERVER_ACCESS_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* path of the log instead of a file: lines of the process's own log, as event "api-access" */
#define ACCESS_LOG_PROCESS "-"

struct access_log;

/* All strings may hold anything, which is escaped; NULL or "" is shown as -. */
struct access_entry {
	const char *client;
	const char *method;
	const char *path; /* decoded: shown up to where parameters may begin */
	const char *operation;
	const char *account;
	int status;
	size_t bytes; /* of the body sent */
	int64_t milliseconds;
	const char *fault;
};

/* path: ACCESS_LOG_PROCESS, or a file, which is made where there is none and always written at its end. */
struct access_log *access_log_open(const char *path, struct error *error);

/* Takes NULL, and then does nothing. */
void access_log_write(struct access_log *log, const struct access_entry *entry);

/* Takes NULL. */
void access_log_close(struct access_log *log);

#endif
