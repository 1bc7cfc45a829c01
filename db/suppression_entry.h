/*
 * Entries of an account's bounce list and unsubscribe list with their reasons, for an operator: read, and brought from elsewhere.
 * Blocking. One at a time, and what the lists mean: db/suppression.h.
 */
#ifndef DB_SUPPRESSION_ENTRY_H
#define DB_SUPPRESSION_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"
#include "db/suppressed.h"

/* Strings live during the call only. */
struct suppression_entry_row {
	enum suppression_kind kind;
	const char *address;
	/* Of the reply that put it there: "550", "5.1.1"; "" where there was none. */
	const char *smtp_code;
	const char *status_code;
	int32_t campaign_id; /* that it bounced or unsubscribed from; 0: none */
	int64_t since;       /* microseconds */
};

struct suppression_entry_filter {
	bool bounces, unsubscribes; /* which lists */
	int64_t begin,
	    end; /* of since: inclusive, exclusive; microseconds; 0, INT64_MAX: no limit */
};

/* Calls each(arg, row) for the entries in order of address, until it returns false. Reads in pages. */
enum db_status suppression_entry_list(struct db_connection *connection, int64_t account_id,
    const struct suppression_entry_filter *filter,
    bool (*each)(void *arg, const struct suppression_entry_row *row), void *arg,
    struct error *error);

/* Many entries in one transaction: begin -> add for each -> commit. Who is on that list stays there as he is. */
struct suppression_import;

enum db_status suppression_import_begin(struct db_connection *connection, int64_t account_id,
    struct suppression_import **import, struct error *error);

/* All is copied; campaign_id is not read; since 0: now. After anything but DB_STATUS_OK only suppression_import_abandon() may follow. */
enum db_status suppression_import_add(struct suppression_import *import,
    const struct suppression_entry_row *row, struct error *error);

/* Writes the rest. added: how many are new. Frees the import, whatever comes of it. */
enum db_status suppression_import_commit(
    struct suppression_import *import, int64_t *added, struct error *error);
void suppression_import_abandon(struct suppression_import *import);

#endif
