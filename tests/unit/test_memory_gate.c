/* The turn at the memory gate, by a clock that goes on when it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <event2/event.h>

#include "services/relay/receive/memory_gate.h"

enum { TURN_SECONDS = 10, BUDGET = 100, START = 1000 };

static time_t clock_seconds = START;

/* libevent asks this one. */
int
clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){.tv_sec = clock_seconds};
	return 0;
}

struct reader {
	struct memory_gate *gate;
	struct memory_gate_pass pass;
	unsigned resumed;
	unsigned overdue;
	bool leaves; /* when it is told that it is overdue */
};

struct fixture {
	struct event_base *base;
	struct memory_budget budget;
	struct memory_gate gate;
	struct reader readers[3];
};

static void
on_resume(void *arg)
{
	((struct reader *)arg)->resumed++;
}

static void
on_overdue(void *arg)
{
	struct reader *reader = arg;

	reader->overdue++;
	if (reader->leaves)
		memory_gate_leave(reader->gate, &reader->pass);
}

/* All memory is in use. */
static void
fixture_open(struct fixture *fixture)
{
	struct event_config *config = event_config_new();

	/* else libevent takes time in whole ticks of the kernel's */
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	clock_seconds = START;
	memset(fixture, 0, sizeof(*fixture));
	fixture->base = event_base_new_with_config(config);
	event_config_free(config);
	fixture->budget = (struct memory_budget){.limit = BUDGET, .used = BUDGET};
	memory_gate_open(&fixture->gate, &fixture->budget, fixture->base, TURN_SECONDS);
	for (size_t i = 0; i < G_N_ELEMENTS(fixture->readers); i++) {
		struct reader *reader = &fixture->readers[i];

		reader->gate = &fixture->gate;
		reader->pass.resume = on_resume;
		reader->pass.overdue = on_overdue;
		reader->pass.arg = reader;
	}
}

static void
fixture_close(struct fixture *fixture)
{
	for (size_t i = 0; i < G_N_ELEMENTS(fixture->readers); i++)
		memory_gate_leave(&fixture->gate, &fixture->readers[i].pass);
	memory_gate_close(&fixture->gate);
	event_base_free(fixture->base);
}

static bool
ask(struct fixture *fixture, unsigned reader)
{
	return memory_gate_ask(&fixture->gate, &fixture->readers[reader].pass);
}

static void
seconds_pass(struct fixture *fixture, int seconds)
{
	clock_seconds += seconds;
	event_base_loop(fixture->base, EVLOOP_NONBLOCK);
}

static void
test_alone_it_takes_its_time(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_true(ask(&fixture, 0));
	seconds_pass(&fixture, 10 * TURN_SECONDS);
	assert_true(ask(&fixture, 0));
	assert_int_equal(fixture.readers[0].overdue, 0);
	/* The time begins when somebody else comes to wait. */
	assert_false(ask(&fixture, 1));
	seconds_pass(&fixture, TURN_SECONDS - 1);
	assert_int_equal(fixture.readers[0].overdue, 0);
	seconds_pass(&fixture, 1);
	assert_int_equal(fixture.readers[0].overdue, 1);
	fixture_close(&fixture);
}

static void
test_the_turn_passes_on(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	for (unsigned i = 0; i < G_N_ELEMENTS(fixture.readers); i++) {
		fixture.readers[i].leaves = true;
		assert_int_equal(ask(&fixture, i), i == 0);
	}
	seconds_pass(&fixture, TURN_SECONDS - 1);
	assert_false(ask(&fixture, 2)); /* asking again is no new wait */
	seconds_pass(&fixture, 1);
	assert_int_equal(fixture.readers[0].overdue, 1);
	assert_int_equal(fixture.readers[1].resumed, 1);
	assert_int_equal(fixture.readers[2].resumed, 0);
	assert_true(ask(&fixture, 1));
	/* The next has its whole time. */
	seconds_pass(&fixture, TURN_SECONDS - 1);
	assert_int_equal(fixture.readers[1].overdue, 0);
	seconds_pass(&fixture, 1);
	assert_int_equal(fixture.readers[1].overdue, 1);
	assert_int_equal(fixture.readers[2].resumed, 1);
	/* The last one keeps nobody waiting. */
	assert_true(ask(&fixture, 2));
	seconds_pass(&fixture, 10 * TURN_SECONDS);
	assert_int_equal(fixture.readers[2].overdue, 0);
	fixture_close(&fixture);
}

/* What came whole stays where it is until it is answered: it is told again, and the turn is still its own. */
static void
test_who_stays_is_told_again(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_true(ask(&fixture, 0));
	assert_false(ask(&fixture, 1));
	seconds_pass(&fixture, TURN_SECONDS);
	assert_int_equal(fixture.readers[0].overdue, 1);
	assert_int_equal(fixture.readers[1].resumed, 0);
	assert_true(ask(&fixture, 0));
	seconds_pass(&fixture, TURN_SECONDS);
	assert_int_equal(fixture.readers[0].overdue, 2);
	memory_gate_leave(&fixture.gate, &fixture.readers[0].pass);
	assert_int_equal(fixture.readers[1].resumed, 1);
	fixture_close(&fixture);
}

static void
test_who_waits_may_go(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_true(ask(&fixture, 0));
	assert_false(ask(&fixture, 1));
	seconds_pass(&fixture, TURN_SECONDS - 1);
	memory_gate_leave(&fixture.gate, &fixture.readers[1].pass);
	seconds_pass(&fixture, TURN_SECONDS);
	assert_int_equal(fixture.readers[0].overdue, 0);
	memory_gate_leave(&fixture.gate, &fixture.readers[0].pass);
	assert_int_equal(fixture.readers[1].resumed, 0);
	fixture_close(&fixture);
}

/* Memory is there again: all that wait go on, and nobody has a turn that could take too long. */
static void
test_relief(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_true(ask(&fixture, 0));
	assert_false(ask(&fixture, 1));
	assert_false(ask(&fixture, 2));
	memory_budget_release(&fixture.budget, 1);
	assert_int_equal(fixture.readers[1].resumed, 1);
	assert_int_equal(fixture.readers[2].resumed, 1);
	assert_true(ask(&fixture, 1));
	assert_true(ask(&fixture, 2));
	seconds_pass(&fixture, 10 * TURN_SECONDS);
	assert_int_equal(fixture.readers[0].overdue, 0);
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alone_it_takes_its_time),
	    cmocka_unit_test(test_the_turn_passes_on),
	    cmocka_unit_test(test_who_stays_is_told_again),
	    cmocka_unit_test(test_who_waits_may_go),
	    cmocka_unit_test(test_relief),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
