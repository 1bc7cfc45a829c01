/* How much is claimed from the queue, as memory is in use: never nothing for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/relay/deliver/scheduler_private.h"

enum { MIB = 1 << 20 };

struct row {
	size_t limit, used;
	unsigned backlog;
	unsigned running;
	size_t bytes;
};

static const struct row rows[] = {
    /* a half is for who sends to us */
    {256 * MIB, 0, 0, 0, SCHEDULER_CLAIM_BYTES},
    {256 * MIB, 112 * MIB, 5, 5, 16 * MIB},
    {256 * MIB, 113 * MIB, 5, 5, 15 * MIB},
    {256 * MIB, 128 * MIB - 1, 5, 5, 1},
    {4 * MIB, 0, 0, 0, 2 * MIB},
    /* none is left: what is under way comes first */
    {256 * MIB, 128 * MIB, 1, 0, 0},
    {256 * MIB, 128 * MIB, 0, 1, 0},
    {256 * MIB, 300 * MIB, 7000, 20, 0},
    /* with nothing under way the least goes on, however much senders hold */
    {256 * MIB, 128 * MIB, 0, 0, SCHEDULER_CLAIM_BYTES_LEAST},
    {256 * MIB, 256 * MIB, 0, 0, SCHEDULER_CLAIM_BYTES_LEAST},
    {256 * MIB, SIZE_MAX, 0, 0, SCHEDULER_CLAIM_BYTES_LEAST},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct memory_budget budget = {.limit = rows[i].limit, .used = rows[i].used};
		struct scheduler scheduler = {.backlog = rows[i].backlog};

		scheduler.transfers.content.budget = &budget;
		scheduler.transfers.running.length = rows[i].running;
		assert_int_equal(scheduler_claim_bytes(&scheduler), rows[i].bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
