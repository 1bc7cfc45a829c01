#include "server/bench_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/command_json.h"

static double
share(double amount, double of)
{
	return of > 0 ? amount / of : 0;
}

void
bench_print_text(const struct bench_result *result)
{
	const struct bench_sent *sent = &result->sent;

	printf("accepted    %9.1f messages a second: %u of %u bytes in %.1f s, by %u session%s\n",
	    share(sent->accepted, sent->seconds), sent->accepted, result->bytes, sent->seconds,
	    result->sessions, result->sessions == 1 ? "" : "s");
	printf("250 after   %9.1f ms median, %.1f ms for 99 %%\n", sent->median * 1000,
	    sent->p99 * 1000);
	printf("delivered   %9.1f messages a second: %u in %.1f s, %" PRId64 " still waited\n",
	    share(result->captured, result->delivered_seconds), result->captured,
	    result->delivered_seconds, result->waiting);
	printf("processor   %9.2f s for 1,000 messages, %.0f %% of it PostgreSQL's\n",
	    share(result->cpu.all, sent->accepted) * 1000,
	    share(result->cpu.postgres, result->cpu.all) * 100);
	printf("disk        %9.1f fdatasync a second, of %d bytes\n", result->disk_syncs,
	    BENCH_DISK_BYTES);
}

void
bench_print_json(const struct bench_result *result)
{
	const struct bench_sent *sent = &result->sent;
	JsonObject *object = json_object_new();

	json_object_set_int_member(object, "sessions", result->sessions);
	json_object_set_int_member(object, "bytes", result->bytes);
	json_object_set_int_member(object, "accepted", sent->accepted);
	json_object_set_int_member(object, "refused", sent->refused);
	json_object_set_int_member(object, "delivered", result->captured);
	json_object_set_int_member(object, "waiting", result->waiting);
	json_object_set_double_member(object, "seconds", sent->seconds);
	json_object_set_double_member(
	    object, "accepted_a_second", share(sent->accepted, sent->seconds));
	json_object_set_double_member(
	    object, "delivered_a_second", share(result->captured, result->delivered_seconds));
	json_object_set_double_member(object, "reply_seconds_median", sent->median);
	json_object_set_double_member(object, "reply_seconds_99", sent->p99);
	json_object_set_double_member(
	    object, "processor_seconds_for_1000", share(result->cpu.all, sent->accepted) * 1000);
	json_object_set_double_member(
	    object, "processor_share_postgres", share(result->cpu.postgres, result->cpu.all));
	json_object_set_double_member(object, "fdatasync_a_second", result->disk_syncs);
	command_json_print_document(object);
}
