/*
 * The ledger: what this node accepted and what became of it, in files of its own, so that what a restored database has never heard
 * of is known all the same.
 *
 * One file a day (UTC) in a folder, lines appended by all processes of the node, never changed. It is written before a client is
 * told, without fsync: it is against a database that went back in time, not against a power cut, from which the database itself
 * comes back whole. What is in a line is db/ledger_entry.h's.
 *
 * A file may hold anything after a power cut, a full disk or a bad one. A line that was cut off is ended with a tab before the next
 * one, as no line ends by itself.
 */
#ifndef BASE_LEDGER_H
#define BASE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* From now on this process, and those that it forks, write there. directory: made where there is none (mode 0700); copied. days:
 * files older than that are deleted when a day begins; 0: there is no ledger. */
bool ledger_attach(const char *directory, unsigned days, struct error *error);
bool ledger_is_kept(void);

/* Appends whole lines, by one write(2). What cannot be written is logged ("ledger-failed", once a minute). Any thread. */
void ledger_append(const char *lines, size_t length);

/* One process of the node, or one thread of it, at a time: waits for the one that has it. Returns what ledger_unlock() takes. A folder that
 * does not exist, or cannot be locked, keeps nobody waiting. */
int ledger_lock(const char *directory);
void ledger_unlock(int lock);

/* Bytes; more than one of limits.recipients at its most has. */
enum { LEDGER_LINE_MAX = 32 << 20 };

/* Calls each(arg, line) for every line of every file, the oldest first; line: without its line feed, each's to change. What nobody
 * wrote so (longer than LEDGER_LINE_MAX, with NUL in it, or without a line feed) comes as "". A folder that does not exist has no
 * lines. False: a file cannot be read. */
bool ledger_read(
    const char *directory, void (*each)(void *arg, char *line), void *arg, struct error *error);

/* The same for the last lines alone: what the newest file that is not empty has at its end, up to `bytes`, or as much more as one line
 * takes. */
bool ledger_read_end(const char *directory, size_t bytes, void (*each)(void *arg, char *line),
    void *arg, struct error *error);

/* The same for one file, from where it stands. False: it cannot be read, as errno says. */
bool ledger_read_lines(FILE *file, void (*each)(void *arg, char *line), void *arg);

#endif
