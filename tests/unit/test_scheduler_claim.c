/* How much is claimed from the queue, as memory is in use: never nothing for ever. And what mail just accepted may stay. */
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
	enum deliver_route route;
	size_t backlog_bytes;
};

static const struct row rows[] = {
    /* a half is for who sends to us */
    {256 * MIB, 0, 0, 0, SCHEDULER_CLAIM_BYTES, DELIVER_ROUTE_MX, 0},
    {256 * MIB, 112 * MIB, 5, 5, 16 * MIB, DELIVER_ROUTE_MX, 0},
    {256 * MIB, 113 * MIB, 5, 5, 15 * MIB, DELIVER_ROUTE_MX, 0},
    {256 * MIB, 128 * MIB - 1, 5, 5, 1, DELIVER_ROUTE_MX, 0},
    {4 * MIB, 0, 0, 0, 2 * MIB, DELIVER_ROUTE_MX, 0},
    /* none is left: what is under way comes first */
    {256 * MIB, 128 * MIB, 1, 0, 0, DELIVER_ROUTE_MX, 0},
    {256 * MIB, 128 * MIB, 0, 1, 0, DELIVER_ROUTE_MX, 0},
    {256 * MIB, 300 * MIB, 7000, 20, 0, DELIVER_ROUTE_MX, 0},
    /* with nothing under way the least goes on, however much senders hold */
    {256 * MIB, 128 * MIB, 0, 0, SCHEDULER_CLAIM_BYTES_LEAST, DELIVER_ROUTE_MX, 0},
    {256 * MIB, 256 * MIB, 0, 0, SCHEDULER_CLAIM_BYTES_LEAST, DELIVER_ROUTE_MX, 0},
    {256 * MIB, SIZE_MAX, 0, 0, SCHEDULER_CLAIM_BYTES_LEAST, DELIVER_ROUTE_MX, 0},
    /* for many destinations all of it may wait */
    {256 * MIB, 100 * MIB, 5, 5, 16 * MIB, DELIVER_ROUTE_MX, 100 * MIB},
    /* for a smarthost an eighth */
    {256 * MIB, 100 * MIB, 5, 5, 16 * MIB, DELIVER_ROUTE_SMARTHOST, 0},
    {256 * MIB, 100 * MIB, 5, 5, 2 * MIB, DELIVER_ROUTE_SMARTHOST, 30 * MIB},
    {256 * MIB, 100 * MIB, 5, 5, 0, DELIVER_ROUTE_SMARTHOST, 32 * MIB},
    {256 * MIB, 100 * MIB, 5, 5, 0, DELIVER_ROUTE_SMARTHOST, 60 * MIB},
    {256 * MIB, 127 * MIB, 5, 5, 1 * MIB, DELIVER_ROUTE_SMARTHOST, 30 * MIB},
    {256 * MIB, 128 * MIB, 0, 0, SCHEDULER_CLAIM_BYTES_LEAST, DELIVER_ROUTE_SMARTHOST, 0},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct memory_budget budget = {.limit = rows[i].limit, .used = rows[i].used};
		const struct deliver_settings settings = {.route = rows[i].route};
		struct scheduler scheduler = {.settings = &settings,
		    .backlog = rows[i].backlog,
		    .backlog_bytes = rows[i].backlog_bytes};

		scheduler.transfers.content.budget = &budget;
		scheduler.transfers.running.length = rows[i].running;
		assert_int_equal(scheduler_claim_bytes(&scheduler), rows[i].bytes);
	}
}

struct room_row {
	size_t used;
	size_t backlog_bytes;
	enum deliver_route route;
	unsigned backlog;
	bool has_room;
};

static const struct room_row room_rows[] = {
    {0, 0, DELIVER_ROUTE_SMARTHOST, 0, true},
    {24 * MIB, 24 * MIB - 1, DELIVER_ROUTE_SMARTHOST, SCHEDULER_BACKLOG_ACCEPT - 1, true},
    {24 * MIB, 24 * MIB, DELIVER_ROUTE_SMARTHOST, 5, false},
    {24 * MIB, 1, DELIVER_ROUTE_SMARTHOST, SCHEDULER_BACKLOG_ACCEPT, false},
    {64 * MIB, 1, DELIVER_ROUTE_SMARTHOST, 5, false},
    {64 * MIB - 1, 60 * MIB, DELIVER_ROUTE_MX, 5, true},
    {64 * MIB, 60 * MIB, DELIVER_ROUTE_MX, 5, false},
};

static void
test_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(room_rows); i++) {
		const struct room_row *row = &room_rows[i];
		struct memory_budget budget = {.limit = 256 * MIB, .used = row->used};
		const struct deliver_settings settings = {.route = row->route};
		struct scheduler scheduler = {.settings = &settings,
		    .is_up = true,
		    .backlog = row->backlog,
		    .backlog_bytes = row->backlog_bytes};

		scheduler.transfers.content.budget = &budget;
		assert_int_equal(scheduler_has_room(&scheduler), row->has_room);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
