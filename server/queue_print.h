/* What `bracemail queue` writes to standard output: lines for people, or one JSON document, while it is read. */
#ifndef SERVER_QUEUE_PRINT_H
#define SERVER_QUEUE_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "db/queue_change.h"
#include "db/queue_list.h"

struct queue_print {
	bool is_json;
	int64_t now;   /* microseconds */
	int64_t count; /* of what was printed */
};

void queue_print_begin(struct queue_print *print, bool is_json);

/* arg: struct queue_print. For queue_list() and queue_summary(). */
void queue_print_listed(void *arg, const struct queue_listed *listed);
void queue_print_destination(void *arg, const struct queue_destination *destination);

void queue_print_list_end(const struct queue_print *print);
void queue_print_summary_end(const struct queue_print *print, const struct queue_total *total);

/* What was done, and what was not. action: as it was asked for, which JSON names. */
void queue_print_changed(const char *action, enum queue_change change,
    const struct queue_changed *changed, bool is_json);

#endif
