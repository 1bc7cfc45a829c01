/* A CSV file that an operator imports, its first row read: the names of its columns. */
#ifndef SERVER_IMPORT_SOURCE_H
#define SERVER_IMPORT_SOURCE_H

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"
#include "services/soap/delimited_text.h"

#include "server/progress.h"

struct import_source {
	GString *text;
	struct delimited_reader reader; /* behind the first row */
	GPtrArray *names;               /* the first row, trimmed; the reader's to take */
	bool is_headless;               /* the first row has an address in it: it names nothing */
	struct progress progress;
};

/* path "-": standard input. On success the caller clears it. */
bool import_source_open(struct import_source *source, const char *path, struct error *error);
/* So that the first row is one of those to import. */
void import_source_rewind(struct import_source *source);
void import_source_clear(struct import_source *source);

/* arg: struct import_source. For import_rows_store(). */
void import_source_show(void *arg, const struct delimited_reader *reader);

#endif
