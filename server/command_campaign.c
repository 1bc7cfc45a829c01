#include "server/command_action.h"

#include <inttypes.h>
#include <stdio.h>

#include <glib.h>

#include "base/clock.h"
#include "db/campaign.h"
#include "db/campaign_report.h"
#include "db/campaign_state.h"
#include "db/queue_change.h"

#include "server/command_json.h"
#include "server/queue_print.h"

static enum command_exit
campaign_check_id(struct command_call *call)
{
	gint64 number;

	if (!g_ascii_string_to_signed(call->operand[0], 10, 1, INT32_MAX, &number, NULL))
		return command_usage_error(&command_campaign,
		    "a campaign is named by its number (JobID), not \"%s\"; bracemail campaign list shows it",
		    call->operand[0]);
	call->chosen = (unsigned)number;
	return COMMAND_DONE;
}

static enum command_exit
campaign_check_delete(struct command_call *call)
{
	if (campaign_check_id(call) != COMMAND_DONE)
		return COMMAND_USAGE;
	return command_action_confirm(&command_campaign, call->options);
}

static int32_t
campaign_id(const struct command_call *call)
{
	return (int32_t)call->chosen;
}

static bool
campaign_unknown(const struct command_call *call, struct error *error)
{
	return error_set(error,
	    "\"%s\" has no campaign %" PRId32 "; bracemail campaign list shows all",
	    call->options->account, campaign_id(call));
}

struct campaign_print {
	const struct command_call *call;
	int64_t count;
	bool found; /* the one that was asked for */
	const struct campaign_state *state;
};

static JsonObject *
json_campaign(const struct campaign_information *campaign)
{
	JsonObject *object = json_object_new();

	json_object_set_int_member(object, "campaign", campaign->campaign_id);
	command_json_add_time(object, "created_at", campaign->created_at);
	command_json_add_text(object, "from_email", campaign->from_email);
	command_json_add_text(object, "from_name", campaign->from_name);
	command_json_add_text(object, "subject", campaign->subject);
	json_object_set_int_member(object, "recipients", campaign->recipients);
	json_object_set_int_member(object, "delivered", campaign->delivered);
	json_object_set_int_member(object, "bounces", campaign->bounces);
	json_object_set_int_member(object, "unsubscribes", campaign->unsubscribes);
	return object;
}

static bool
campaign_print_listed(void *arg, const struct campaign_information *campaign)
{
	struct campaign_print *print = arg;
	char created[CLOCK_ISO_SIZE];

	if (print->call->options->json) {
		command_json_array_add(print->count, "campaigns", json_campaign(campaign));
	} else {
		if (print->count == 0)
			printf("%9s %-24s %10s %9s %7s %6s %s\n", "JOBID", "CREATED", "RECIPIENTS",
			    "DELIVERED", "BOUNCES", "UNSUBS", "SUBJECT");
		command_print_line("%9" PRId32 " %-24s %10" PRId64 " %9" PRId64 " %7" PRId64
				   " %6" PRId64 " %s",
		    campaign->campaign_id, clock_iso(campaign->created_at, created),
		    campaign->recipients, campaign->delivered, campaign->bounces,
		    campaign->unsubscribes, campaign->subject);
	}
	print->count++;
	return true;
}

/* one: the campaign's number, or 0 for all. */
static bool
campaign_read(const struct command_call *call, int32_t one, campaign_each *each, void *arg,
    struct error *error)
{
	const struct campaign_query query = {.campaign_id = one, .begin = 0, .end = INT64_MAX};
	bool more = false;

	if (campaign_list(call->connection, call->account_id, &query, each, arg, &more, error) !=
	    DB_STATUS_OK)
		return false;
	if (more)
		command_error("there are more than these %d", CAMPAIGN_REPORT_MAX);
	return true;
}

static bool
campaign_action_list(const struct command_call *call, struct error *error)
{
	struct campaign_print print = {.call = call};

	if (!campaign_read(call, 0, campaign_print_listed, &print, error))
		return false;
	if (call->options->json) {
		command_json_array_end(print.count, "campaigns");
		puts("}");
	} else if (print.count == 0) {
		puts("no campaigns");
	}
	return true;
}

static void
campaign_print_json(const struct campaign_information *campaign, const struct campaign_state *state)
{
	JsonObject *object = json_campaign(campaign);
	JsonObject *states = json_object_new();

	json_object_set_int_member(states, "waiting", state->queue.waiting);
	json_object_set_int_member(states, "trying", state->queue.trying);
	json_object_set_int_member(states, "held", state->queue.held);
	json_object_set_int_member(states, "delivered", state->delivered);
	json_object_set_int_member(states, "failed", state->failed);
	command_json_add_text(object, "options", campaign->options);
	json_object_set_object_member(object, "states", states);
	command_json_print_document(object);
}

static void
campaign_print_text(const struct campaign_information *campaign, const struct campaign_state *state)
{
	char created[CLOCK_ISO_SIZE];

	command_print_line("campaign %" PRId32 ": %s", campaign->campaign_id, campaign->subject);
	command_print_line("from: %s <%s>", campaign->from_name, campaign->from_email);
	command_print_line("created: %s", clock_iso(campaign->created_at, created));
	printf("recipients: %" PRId64 "\n  waiting: %" PRId64 "\n  trying: %" PRId64
	       "\n  held: %" PRId64 "\n",
	    campaign->recipients, state->queue.waiting, state->queue.trying, state->queue.held);
	printf(
	    "  delivered: %" PRId64 "\n  failed: %" PRId64 "\n", state->delivered, state->failed);
	printf("bounces: %" PRId64 "\nunsubscribes: %" PRId64 "\n", campaign->bounces,
	    campaign->unsubscribes);
}

static bool
campaign_print_one(void *arg, const struct campaign_information *campaign)
{
	struct campaign_print *print = arg;

	print->found = true;
	if (print->call->options->json)
		campaign_print_json(campaign, print->state);
	else
		campaign_print_text(campaign, print->state);
	return false;
}

static bool
campaign_action_show(const struct command_call *call, struct error *error)
{
	struct campaign_state state;
	struct campaign_print print = {.call = call, .state = &state};

	return campaign_state_read(call->connection, call->account_id, campaign_id(call), &state,
		   error) == DB_STATUS_OK &&
	    campaign_read(call, campaign_id(call), campaign_print_one, &print, error) &&
	    (print.found || campaign_unknown(call, error));
}

/* What waits of it is what its queue rows are: the queue's own changes. */
static bool
campaign_change(const struct command_call *call, enum queue_change change, struct error *error)
{
	const struct queue_filter filter = {
	    .account_id = call->account_id, .campaign_id = campaign_id(call), .limit = INT64_MAX};
	struct queue_changed changed = {0};
	bool found = false;
	enum db_status status;

	if (queue_filter_find_campaign(call->connection, &filter, &found, error) != DB_STATUS_OK)
		return false;
	if (!found)
		return campaign_unknown(call, error);
	status = queue_change(call->connection, &filter, change, &changed, error);
	if (status == DB_STATUS_OK || changed.changed > 0)
		queue_print_changed(
		    call->options->operands[0], change, &changed, call->options->json);
	return status == DB_STATUS_OK;
}

static bool
campaign_action_pause(const struct command_call *call, struct error *error)
{
	return campaign_change(call, QUEUE_HOLD, error);
}

static bool
campaign_action_resume(const struct command_call *call, struct error *error)
{
	return campaign_change(call, QUEUE_RELEASE, error);
}

static bool
campaign_action_cancel(const struct command_call *call, struct error *error)
{
	return command_action_ask(call->options, error,
		   "end what waits of campaign %" PRId32 " as failed", campaign_id(call)) &&
	    campaign_change(call, QUEUE_DELETE, error);
}

static bool
campaign_action_delete(const struct command_call *call, struct error *error)
{
	bool found = false;

	if (!command_action_ask(call->options, error,
		"delete campaign %" PRId32 ", what waits of it, and its reports",
		campaign_id(call)) ||
	    campaign_delete(call->connection, call->account_id, campaign_id(call), &found, error) !=
		DB_STATUS_OK)
		return false;
	if (!found)
		return campaign_unknown(call, error);
	if (call->options->json) {
		JsonObject *object = json_object_new();

		command_json_add_text(object, "action", "delete");
		json_object_set_int_member(object, "campaign", campaign_id(call));
		command_json_print_document(object);
	}
	return true;
}

static const struct command_action campaign_actions[] = {
    {"list", 0, NULL, campaign_action_list},
    {"show", 1, campaign_check_id, campaign_action_show},
    {"pause", 1, campaign_check_id, campaign_action_pause},
    {"resume", 1, campaign_check_id, campaign_action_resume},
    {"cancel", 1, campaign_check_delete, campaign_action_cancel},
    {"delete", 1, campaign_check_delete, campaign_action_delete},
    {.word = NULL},
};

static enum command_exit
campaign_run(const struct command_options *options)
{
	return command_action_run(&command_campaign, campaign_actions, options);
}

const struct command command_campaign = {.name = "campaign",
    .run = campaign_run,
    .takes = COMMAND_TAKES_ACCOUNT | COMMAND_TAKES_JSON | COMMAND_TAKES_YES,
    .operands_max = 2,
    .summary = "an account's campaigns: what became of them; pause, resume, cancel",
    .usage =
	"campaign list | show ID | pause ID | resume ID | cancel ID [--yes] | delete ID [--yes] "
	"--account NAME [--json]",
    .help =
	"Works while the server runs or not. ID is the API's JobID.\n\n"
	"  list              all campaigns, and how many of their recipients they reached\n"
	"  show ID           how many deliveries wait, are tried (taken up by a relay process), are held,\n"
	"                    were delivered, or failed (who is on one of the account's lists is not\n"
	"                    mailed, and counts there); of those whose log is kept still\n"
	"  pause ID          what waits is held until it is resumed, whatever its age\n"
	"  resume ID         what is held is due now\n"
	"  cancel ID         what waits or is held ends as failed, for good; the reports stay\n"
	"  delete ID         that, and its reports go, as by the API's DeleteMassEmail\n\n"
	"Pause, resume and cancel leave alone what is being tried, and say how many that were.\n\n"
	"  --account NAME    whose campaigns\n"
	"  --yes             cancel or delete without a question\n"
	"  --json            one JSON document; times are UTC\n"};
