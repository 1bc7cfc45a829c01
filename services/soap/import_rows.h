/*
 * Rows of delimited text as members of an e-mail group: the rules that the API's imports and the command line share. Rows are
 * checked first, all of them; then they are imported, all of them.
 */
#ifndef SERVICES_SOAP_IMPORT_ROWS_H
#define SERVICES_SOAP_IMPORT_ROWS_H

#include <stdbool.h>

#include <glib.h>

#include "db/email_group_import.h"

#include "services/soap/delimited_text.h"
#include "services/soap/exception_reason.h"

enum { IMPORT_FILE_BYTES = 64 << 20 }; /* of a file, at most */

struct import_columns {
	GPtrArray *fields; /* names of all but the address */
	guint address;     /* where that is */
};

/* names: of the columns; the caller's no more. The one called EmailAddress or, else, Email is the address; else the first is. */
struct import_columns import_columns_of(GPtrArray *names);
void import_columns_clear(struct import_columns *columns);

/* Whether all rows from start on can be imported. If not, reason says it, without a full stop: of the first bad rows, by their number. */
bool import_rows_check(const struct delimited_reader *start, const struct import_columns *columns,
    struct exception_reason *reason);

/* How far it is: read up to there. May be NULL. */
typedef void import_rows_progress(void *arg, const struct delimited_reader *reader);

/* Imports rows that were checked, and ends the import, whatever comes of it. rows: how many there were. */
enum db_status import_rows_store(struct email_group_import *import,
    const struct delimited_reader *start, const struct import_columns *columns,
    import_rows_progress *progress, void *arg, unsigned *rows, struct error *error);

/* All of an open file (the caller's); NULL: it cannot be read, and errno says why; or reason says that it cannot be imported. */
GString *import_file_read(int file, struct exception_reason *reason);

#endif
