/* How often a second a disk makes something durable. */
#ifndef SERVER_BENCH_DISK_H
#define SERVER_BENCH_DISK_H

#include "base/error.h"

enum { BENCH_DISK_BYTES = 8192 /* as a page of PostgreSQL's */ };

/* Writes and fdatasync()s in a file in the folder, for a second. Negative: error says why not. */
double bench_disk_syncs(const char *folder, struct error *error);

#endif
