/*
 * How much message data a worker holds, against what it may hold. Nobody is refused memory here: whoever reads
 * from a socket asks first, and stops reading while the budget is spent (RFC 5321 clients wait minutes).
 */
#ifndef BASE_MEMORY_BUDGET_H
#define BASE_MEMORY_BUDGET_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/metrics.h"

struct memory_budget {
	size_t limit; /* bytes */
	size_t used;
	void (*relieved)(
	    void *arg); /* called when use falls from above the limit to below it; or NULL */
	void *relieved_arg;
};

static inline bool
memory_budget_spent(const struct memory_budget *budget)
{
	return budget->used >= budget->limit;
}

static inline void
memory_budget_take(struct memory_budget *budget, size_t bytes)
{
	budget->used += bytes;
	metrics_gauge_add(METRIC_GAUGE_MESSAGE_BYTES, (int64_t)bytes);
}

static inline void
memory_budget_release(struct memory_budget *budget, size_t bytes)
{
	bool was_spent = memory_budget_spent(budget);

	assert(bytes <= budget->used);
	budget->used -= bytes;
	metrics_gauge_add(METRIC_GAUGE_MESSAGE_BYTES, -(int64_t)bytes);
	if (was_spent && !memory_budget_spent(budget) && budget->relieved != NULL)
		budget->relieved(budget->relieved_arg);
}

#endif
