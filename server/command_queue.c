#include "server/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "db/account.h"
#include "db/queue_list.h"

#include "server/command_database.h"
#include "server/queue_print.h"

enum {
	QUEUE_OPERANDS_MAX = 10000, /* an action and delivery IDs */
	QUEUE_SUMMARY_DEFAULT = 50, /* destinations */
	QUEUE_SUMMARY_MAX = 10000
};

/* What one action works with. */
struct queue_call {
	struct db_connection *connection;
	struct queue_filter filter;
	bool is_json;
};

struct queue_action {
	const char *word; /* "": without a word */
	int64_t limit_default, limit_max;
	bool (*run)(const struct queue_call *call, struct error *error);
};

static bool
queue_action_summary(const struct queue_call *call, struct error *error)
{
	struct queue_print print;
	struct queue_total total;

	queue_print_begin(&print, call->is_json);
	if (queue_summary(call->connection, &call->filter, queue_print_destination, &print, &total,
		error) != DB_STATUS_OK)
		return false;
	queue_print_summary_end(&print, &total);
	return true;
}

static bool
queue_action_list(const struct queue_call *call, struct error *error)
{
	struct queue_print print;

	queue_print_begin(&print, call->is_json);
	if (queue_list(call->connection, &call->filter, queue_print_listed, &print, error) !=
	    DB_STATUS_OK)
		return false;
	queue_print_list_end(&print);
	return true;
}

static const struct queue_action queue_actions[] = {
    {"", QUEUE_SUMMARY_DEFAULT, QUEUE_SUMMARY_MAX, queue_action_summary},
    {"list", INT64_MAX, INT64_MAX, queue_action_list},
};

static const struct queue_action *
queue_action_find(const char *word)
{
	for (size_t i = 0; i < sizeof(queue_actions) / sizeof(queue_actions[0]); i++)
		if (strcmp(queue_actions[i].word, word) == 0)
			return &queue_actions[i];
	return NULL;
}

static bool
queue_number(const char *text, int64_t max, int64_t *number)
{
	return g_ascii_string_to_signed(text, 10, 1, max, number, NULL);
}

/* Delivery IDs, behind the action. The filter's ids are the caller's to g_free(). */
static bool
queue_read_ids(const struct command_options *options, struct queue_filter *filter)
{
	int count = MAX(options->operand_count - 1, 0);
	int64_t *ids = g_new(int64_t, (gsize)count + 1);

	filter->delivery_ids = ids;
	filter->delivery_count = (size_t)count;
	for (int i = 0; i < count; i++)
		if (!queue_number(options->operands[i + 1], INT64_MAX, &ids[i])) {
			command_usage_error(&command_queue,
			    "\"%s\" is no delivery ID; bracemail queue list shows them",
			    options->operands[i + 1]);
			return false;
		}
	return true;
}

/* What needs no database. */
static bool
queue_read_filter(const struct command_options *options, const struct queue_action *action,
    struct queue_filter *filter)
{
	int64_t campaign = 0;

	filter->group = options->group;
	filter->destination = options->destination;
	filter->address = options->address;
	filter->limit = action->limit_default;
	if (options->limit != NULL &&
	    !queue_number(options->limit, action->limit_max, &filter->limit)) {
		command_usage_error(&command_queue,
		    "--limit takes a number from 1 to %" PRId64 ", not \"%s\"", action->limit_max,
		    options->limit);
		return false;
	}
	if (options->campaign != NULL && !queue_number(options->campaign, INT32_MAX, &campaign)) {
		command_usage_error(&command_queue,
		    "--campaign takes its number (JobID), not \"%s\"", options->campaign);
		return false;
	}
	filter->campaign_id = (int32_t)campaign;
	return queue_read_ids(options, filter);
}

static bool
queue_find_account(struct queue_call *call, const char *name, struct error *error)
{
	struct account account;
	bool found;

	if (name == NULL)
		return true;
	if (account_find(call->connection, name, &account, &found, error) != DB_STATUS_OK)
		return false;
	if (!found)
		return error_set(
		    error, "there is no account \"%s\"; bracemail account list shows all", name);
	call->filter.account_id = account.account_id;
	return true;
}

/* A name that nothing has is a mistake, and not a queue without such mail. */
static bool
queue_find_named(
    struct queue_call *call, const struct command_options *options, struct error *error)
{
	const struct queue_filter *filter = &call->filter;
	const char *whose = options->account != NULL ? "that account has" : "there is";
	bool found = true;

	if (filter->group != NULL) {
		if (queue_filter_find_group(call->connection, filter, &found, error) !=
		    DB_STATUS_OK)
			return false;
		if (!found)
			return error_set(error,
			    "%s no transactional group \"%s\"; bracemail queue list --json shows the group of what waits",
			    whose, filter->group);
	}
	if (filter->campaign_id != 0) {
		if (queue_filter_find_campaign(call->connection, filter, &found, error) !=
		    DB_STATUS_OK)
			return false;
		if (!found)
			return error_set(error,
			    "%s no campaign %" PRId32
			    "; bracemail queue list --json shows the campaign of what waits",
			    whose, filter->campaign_id);
	}
	return true;
}

static bool
queue_act(const struct queue_action *action, struct queue_call *call,
    const struct command_options *options, const struct config *config, struct error *error)
{
	struct command_database database;
	bool done;

	if (!command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, error))
		return false;
	call->connection = database.connection;
	done = queue_find_account(call, options->account, error) &&
	    queue_find_named(call, options, error) && action->run(call, error);
	command_database_close(&database);
	return done;
}

static enum command_exit
queue_run_action(const struct queue_action *action, const struct command_options *options)
{
	struct queue_call call = {.is_json = options->json};
	struct config *config;
	struct error error;
	bool done;

	if (!queue_read_filter(options, action, &call.filter)) {
		g_free((void *)call.filter.delivery_ids);
		return COMMAND_USAGE;
	}
	config = command_load_config(options);
	done = config != NULL && queue_act(action, &call, options, config, &error);
	if (config != NULL && !done)
		command_error("%s", error.text);
	config_free(config);
	g_free((void *)call.filter.delivery_ids);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
queue_run(const struct command_options *options)
{
	const char *word = options->operand_count > 0 ? options->operands[0] : "";
	const struct queue_action *action = queue_action_find(word);

	if (action == NULL)
		return command_usage_error(&command_queue, "queue cannot \"%s\"", word);
	return queue_run_action(action, options);
}

const struct command command_queue = {.name = "queue",
    .run = queue_run,
    .takes = COMMAND_TAKES_JSON | COMMAND_TAKES_ACCOUNT | COMMAND_TAKES_LIMIT | COMMAND_TAKES_QUEUE,
    .operands_max = QUEUE_OPERANDS_MAX,
    .summary = "what waits for delivery, where and why",
    .usage = "queue [list [ID ...]] [FILTER ...] [--limit N] [--json]",
    .help =
	"Works while the server runs or not.\n\n"
	"  (nothing)         how many deliveries wait, for each destination (at most 50): waiting for their\n"
	"                    next attempt, being tried (taken up by a relay process), held\n"
	"  list [ID ...]     each delivery, with what its last attempt came to\n\n"
	"A FILTER chooses deliveries; several must all fit:\n"
	"  --account NAME    of that account\n"
	"  --group NAME      of that transactional group\n"
	"  --campaign ID     of that campaign (JobID)\n"
	"  --destination DOMAIN\n"
	"                    whose recipient is in that domain\n"
	"  --address ADDRESS to that recipient\n\n"
	"  --limit N         not more than so many\n"
	"  --json            one JSON document; times are UTC\n"};
