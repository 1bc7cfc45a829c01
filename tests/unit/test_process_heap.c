/* What a burst took of memory goes back to the system, though blocks among it stay in use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <glib.h>

#include "server/process_heap.h"

enum { BLOCKS = 16384, BLOCK = 8192, KEPT_EACH = 64, MIB_KIB = 1024 };

/* Gcc has a macro for it, clang a feature. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
enum { HAS_OWN_MALLOC = 1 };
#else
enum { HAS_OWN_MALLOC = 0 };
#endif

static long
memory_kib(void)
{
	g_autofree char *status = NULL;
	long kib = 0;

	assert_true(g_file_get_contents("/proc/self/status", &status, NULL, NULL));
	assert_int_equal(sscanf(strstr(status, "RssAnon:"), "RssAnon: %ld", &kib), 1);
	return kib;
}

static void
burst(void)
{
	struct event_base *base = event_base_new();
	struct event *look = process_heap_watch(base);
	void **blocks = g_new0(void *, BLOCKS);
	long before = memory_kib();

	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = g_malloc(BLOCK);
		memset(blocks[i], i & 0xff, BLOCK);
	}
	for (int i = 0; i < BLOCKS; i++)
		if (i % KEPT_EACH != 0)
			g_clear_pointer(&blocks[i], g_free);
	assert_true(memory_kib() - before > 100 * MIB_KIB);
	event_active(look, EV_TIMEOUT, 0);
	event_base_loop(base, EVLOOP_ONCE);
	assert_true(memory_kib() - before <= 12 * MIB_KIB);
	for (int i = 0; i < BLOCKS; i++)
		g_free(blocks[i]);
	g_free(blocks);
	event_free(look);
	event_base_free(base);
}

static void
test_burst(void **state)
{
	(void)state;
	if (HAS_OWN_MALLOC)
		skip();
	burst();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
