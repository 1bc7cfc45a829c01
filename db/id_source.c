#include "db/id_source.h"

#include <assert.h>

#include "db/id.h"
#include "db/row.h"

void
id_source_clear(struct id_source *source)
{
	g_queue_clear_full(&source->blocks, g_free);
	source->slot = 0;
}

void
id_source_add(struct id_source *source, const PGresult *blocks)
{
	for (int i = 0; i < PQntuples(blocks); i++) {
		int64_t *block = g_new(int64_t, 1);

		*block = row_number(blocks, i, 0);
		g_queue_push_tail(&source->blocks, block);
	}
}

size_t
id_source_left(const struct id_source *source)
{
	return (size_t)source->blocks.length * ID_BLOCK - (size_t)source->slot;
}

int64_t
id_source_take(struct id_source *source, int64_t now)
{
	int64_t *block = g_queue_peek_head(&source->blocks);
	int64_t id;

	assert(block != NULL);
	id = id_make(now, *block, source->slot++);
	if (source->slot == ID_BLOCK) {
		g_free(g_queue_pop_head(&source->blocks));
		source->slot = 0;
	}
	return id;
}
