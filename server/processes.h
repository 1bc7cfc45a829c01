/* What the children of the supervisor do. Each is a process_main (server/process.h), one file each: process_NAME.c. */
#ifndef SERVER_PROCESSES_H
#define SERVER_PROCESSES_H

#include "server/process.h"

enum { MAINTENANCE_DAYS_AHEAD = 7, MAINTENANCE_SECONDS = 3600, MAINTENANCE_RETRY_SECONDS = 60 };

/*
 * Waits for the database as long as it takes, brings the schema up to date (and in dev makes the demo account), then
 * is ready; from then on makes partitions, and lets go what is kept no longer, every hour.
 */
int process_maintenance(const struct process_start *start);

/* One relay worker. */
int process_relay(const struct process_start *start);

/* The HTTP server of the API. */
int process_api(const struct process_start *start);

/* The SMTP server that keeps what it gets as files. */
int process_capture(const struct process_start *start);

#endif
