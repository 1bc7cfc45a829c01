/* Claims, and questions when the next is due, of a fixture's worker. */
#ifndef TESTS_UNIT_CLAIM_FIXTURE_H
#define TESTS_UNIT_CLAIM_FIXTURE_H

#include "tests/unit/db_fixture.h"

static const char *const one[] = {"to@example.test", NULL};
static const char *const three[] = {"a@example.test", "b@example.test", "c@example.test", NULL};

struct claimed {
	unsigned answers;
	GPtrArray *deliveries;
	bool more;
};

static inline void
claim_on_claimed(void *arg, GPtrArray *deliveries, bool more)
{
	struct claimed *claimed = arg;

	claimed->answers++;
	claimed->deliveries = deliveries;
	claimed->more = more;
}

static inline void
claimed_clear(struct claimed *claimed)
{
	g_ptr_array_set_free_func(claimed->deliveries, (GDestroyNotify)delivery_free);
	g_ptr_array_unref(claimed->deliveries);
	*claimed = (struct claimed){0};
}

static inline void
claim(struct fixture *fixture, unsigned limit, size_t bytes, struct claimed *claimed)
{
	queue_claim(fixture->worker, limit, bytes, claim_on_claimed, claimed);
	fixture_run_until(fixture, &claimed->answers, 1);
	assert_non_null(claimed->deliveries);
}

/* Stores a message for whoever claims it. */
static inline void
store_unclaimed(
    struct fixture *fixture, const char *group, const char *const *recipients, size_t size)
{
	struct message *message = fixture_message(group, recipients, size);
	struct fixture_stored stored = {0};

	fixture_put(fixture, message, MESSAGE_CLAIM_NONE, &stored);
	fixture_run_until(fixture, &stored.ok, 1);
	assert_int_equal(stored.mine, 0);
	message_unref(message);
}

struct due {
	unsigned answers;
	int64_t when;
};

static inline void
claim_on_due(void *arg, int64_t when)
{
	struct due *due = arg;

	due->answers++;
	due->when = when;
}

#endif
