#include "db/id.h"

#include <assert.h>

#include "base/clock.h"

int64_t
id_make(int64_t now, int64_t block, int slot)
{
	int64_t day = now / CLOCK_DAY;
	int64_t number_mask = (INT64_C(1) << ID_DAY_SHIFT) - 1;

	assert(slot >= 0 && slot < ID_BLOCK);
	return day << ID_DAY_SHIFT | (((block << ID_BLOCK_SHIFT) | slot) & number_mask);
}

/* A message that is taken over midnight has ids of the next day. */
int64_t
id_past(int64_t end)
{
	return end == INT64_MAX ? INT64_MAX : (end / CLOCK_DAY + 2) << ID_DAY_SHIFT;
}

int64_t
id_floor(int64_t begin)
{
	return begin / CLOCK_DAY << ID_DAY_SHIFT;
}
