#include "server/queue_print.h"

#include <inttypes.h>
#include <stdio.h>

#include <glib.h>

#include "base/clock.h"

#include "server/command.h"
#include "server/command_json.h"
#include "server/duration.h"
#include "server/queue_reason.h"

static const char *const state_names[] = {
    [QUEUE_WAITING] = "waiting",
    [QUEUE_TRYING] = "trying",
    [QUEUE_HELD] = "held",
};

void
queue_print_begin(struct queue_print *print, bool is_json)
{
	print->is_json = is_json;
	print->now = clock_now();
	print->count = 0;
}

static void
json_add_count(JsonObject *object, const struct queue_count *count)
{
	json_object_set_int_member(object, state_names[QUEUE_WAITING], count->waiting);
	json_object_set_int_member(object, state_names[QUEUE_TRYING], count->trying);
	json_object_set_int_member(object, state_names[QUEUE_HELD], count->held);
}

static const char *
text_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void
json_print_listed(struct queue_print *print, const struct queue_listed *listed, const char *reason)
{
	JsonObject *object = json_object_new();

	json_object_set_int_member(object, "delivery", listed->delivery_id);
	command_json_add_id(object, "message", listed->message_id);
	command_json_add_text(object, "account", listed->account);
	command_json_add_text(object, "sender", listed->sender);
	command_json_add_text(object, "recipient", listed->recipient);
	command_json_add_text(object, "destination", listed->destination);
	command_json_add_text(object, "group", text_or_null(listed->group));
	command_json_add_id(object, "campaign", listed->campaign_id);
	command_json_add_text(object, "state", state_names[listed->state]);
	command_json_add_time(object, "queued_at", listed->queued_at);
	json_object_set_int_member(object, "attempts", listed->attempts);
	command_json_add_time(object, "next_attempt_at", listed->next_attempt_at);
	command_json_add_text(object, "result", text_or_null(listed->result));
	command_json_add_text(object, "reason", text_or_null(reason));
	command_json_array_add(print->count, "deliveries", object);
}

static void
text_print_listed(
    const struct queue_print *print, const struct queue_listed *listed, const char *reason)
{
	char age[DURATION_SIZE], next[DURATION_SIZE];

	if (print->count == 0)
		printf("%-17s %-12s %7s %5s %-9s %s\n", "DELIVERY", "ACCOUNT", "AGE", "TRIES",
		    "NEXT", "SENDER > RECIPIENT: WHY");
	command_print_line("%-17" PRId64 " %-12s %7s %5d %-9s <%s> > <%s>%s%s", listed->delivery_id,
	    listed->account, duration_text(print->now - listed->queued_at, age), listed->attempts,
	    listed->state == QUEUE_WAITING
		? duration_until(listed->next_attempt_at, print->now, next)
		: state_names[listed->state],
	    listed->sender, listed->recipient, reason[0] != '\0' ? ": " : "", reason);
}

void
queue_print_listed(void *arg, const struct queue_listed *listed)
{
	struct queue_print *print = arg;
	g_autofree char *reason = queue_reason(listed->result, listed->transcript);

	if (print->is_json)
		json_print_listed(print, listed, reason);
	else
		text_print_listed(print, listed, reason);
	print->count++;
}

static void
json_print_destination(struct queue_print *print, const struct queue_destination *destination)
{
	JsonObject *object = json_object_new();

	command_json_add_text(object, "destination", destination->name);
	json_add_count(object, &destination->count);
	command_json_add_time(object, "oldest_at", destination->oldest_at);
	command_json_add_time(object, "next_attempt_at", destination->next_attempt_at);
	command_json_array_add(print->count, "destinations", object);
}

static void
text_print_counts(
    const struct queue_count *count, const char *oldest, const char *next, const char *name)
{
	command_print_line("%9" PRId64 " %9" PRId64 " %9" PRId64 " %7s %-9s %s", count->waiting,
	    count->trying, count->held, oldest, next, name);
}

static void
text_print_destination(const struct queue_print *print, const struct queue_destination *destination)
{
	char age[DURATION_SIZE], next[DURATION_SIZE];

	if (print->count == 0)
		printf("%9s %9s %9s %7s %-9s %s\n", "WAITING", "TRYING", "HELD", "OLDEST", "NEXT",
		    "DESTINATION");
	text_print_counts(&destination->count,
	    duration_text(print->now - destination->oldest_at, age),
	    destination->next_attempt_at != 0
		? duration_until(destination->next_attempt_at, print->now, next)
		: "",
	    destination->name);
}

void
queue_print_destination(void *arg, const struct queue_destination *destination)
{
	struct queue_print *print = arg;

	if (print->is_json)
		json_print_destination(print, destination);
	else
		text_print_destination(print, destination);
	print->count++;
}

void
queue_print_list_end(const struct queue_print *print)
{
	if (print->is_json) {
		command_json_array_end(print->count, "deliveries");
		puts("}");
	} else if (print->count == 0) {
		puts("nothing waits");
	}
}

void
queue_print_summary_end(const struct queue_print *print, const struct queue_total *total)
{
	if (print->is_json) {
		JsonObject *object = json_object_new();

		json_object_set_int_member(object, "destinations", total->destinations);
		json_add_count(object, &total->count);
		command_json_array_end(print->count, "destinations");
		fputs(", \"total\": ", stdout);
		command_json_print(object);
		puts("}");
	} else if (print->count == 0) {
		puts("nothing waits");
	} else {
		g_autofree char *name = g_strdup_printf("in all, to %" PRId64 " destination%s%s",
		    total->destinations, total->destinations == 1 ? "" : "s",
		    total->destinations > print->count ? "; --limit shows more" : "");

		text_print_counts(&total->count, "", "", name);
	}
}

static const struct {
	const char *done;        /* "3 deliveries ..." */
	const char *passed_over; /* why they were left as they are */
} changes[] = {
    [QUEUE_RETRY] = {"due now", "held: bracemail queue release makes them due"},
    [QUEUE_DELETE] = {"deleted", ""},
    [QUEUE_HOLD] = {"held", "held already"},
    [QUEUE_RELEASE] = {"released and due now", "not held"},
};

static void
text_print_left(int64_t count, const char *why)
{
	if (count > 0)
		printf(
		    "%" PRId64 " left as %s: %s\n", count, count == 1 ? "it is" : "they are", why);
}

void
queue_print_changed(
    const char *action, enum queue_change change, const struct queue_changed *changed, bool is_json)
{
	if (is_json) {
		JsonObject *object = json_object_new();

		command_json_add_text(object, "action", action);
		json_object_set_int_member(object, "changed", changed->changed);
		json_object_set_int_member(object, "passed_over", changed->passed_over);
		json_object_set_int_member(object, state_names[QUEUE_TRYING], changed->trying);
		command_json_print_document(object);
		return;
	}
	printf("%" PRId64 " deliver%s %s\n", changed->changed, changed->changed == 1 ? "y" : "ies",
	    changes[change].done);
	text_print_left(changed->passed_over, changes[change].passed_over);
	text_print_left(changed->trying,
	    "being tried just now by a relay process, which alone may end them; ask again later");
}
