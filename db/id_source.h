/* Ids in stock: blocks of the sequence id_block that this worker fetched and has not used up. See db/id.h. */
#ifndef DB_ID_SOURCE_H
#define DB_ID_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <libpq-fe.h>

struct id_source {
	GQueue blocks; /* int64_t, g_free; the first is in use */
	int slot;      /* the next one in it */
};

/* Set to zero is an empty source. */
void id_source_clear(struct id_source *source);

/* Blocks as rows of one binary bigint. */
void id_source_add(struct id_source *source, const PGresult *blocks);

size_t id_source_left(const struct id_source *source);

/* One id of the day of `now` (microseconds). There must be one left. */
int64_t id_source_take(struct id_source *source, int64_t now);

#endif
