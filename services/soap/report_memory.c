#include "services/soap/report_memory.h"

#include <stdatomic.h>

#include <glib.h>

enum { CLAIM_STEP = 1 << 20 };

struct report_memory {
	atomic_size_t taken;
};

struct report_claim {
	struct report_memory *memory;
	size_t bytes;
};

struct report_memory *
report_memory_create(void)
{
	return g_atomic_rc_box_new0(struct report_memory);
}

void
report_memory_unref(struct report_memory *memory)
{
	g_atomic_rc_box_release(memory);
}

size_t
report_memory_taken(const struct report_memory *memory)
{
	return memory->taken;
}

struct report_claim *
report_claim_create(struct report_memory *memory)
{
	struct report_claim *claim = g_new0(struct report_claim, 1);

	claim->memory = g_atomic_rc_box_acquire(memory);
	return claim;
}

bool
report_claim_grow(struct report_claim *claim, size_t bytes)
{
	size_t step;

	if (bytes <= claim->bytes)
		return true;
	step = (bytes - claim->bytes + CLAIM_STEP - 1) / CLAIM_STEP * CLAIM_STEP;
	if (atomic_fetch_add(&claim->memory->taken, step) + step > REPORT_BYTES_ALL) {
		atomic_fetch_sub(&claim->memory->taken, step);
		return false;
	}
	claim->bytes += step;
	return true;
}

void
report_claim_free(struct report_claim *claim)
{
	if (claim == NULL)
		return;
	atomic_fetch_sub(&claim->memory->taken, claim->bytes);
	report_memory_unref(claim->memory);
	g_free(claim);
}
