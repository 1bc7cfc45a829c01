#include "server/command.h"

#include <inttypes.h>
#include <string.h>

#include "db/queue_change.h"
#include "db/queue_list.h"

#include "server/command_database.h"
#include "server/queue_choice.h"
#include "server/queue_print.h"

enum {
	QUEUE_SUMMARY_DEFAULT = 50, /* destinations */
	QUEUE_SUMMARY_MAX = 10000
};

struct queue_action;

/* What one action works with. */
struct queue_call {
	const struct queue_action *action;
	struct db_connection *connection;
	const struct queue_filter *filter;
	bool is_json;
};

struct queue_action {
	const char *word; /* "": without a word */
	bool (*run)(const struct queue_call *call, struct error *error);
	bool changes;
	enum queue_change change;
};

static bool
queue_action_summary(const struct queue_call *call, struct error *error)
{
	struct queue_print print;
	struct queue_total total;

	queue_print_begin(&print, call->is_json);
	if (queue_summary(call->connection, call->filter, queue_print_destination, &print, &total,
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
	if (queue_list(call->connection, call->filter, queue_print_listed, &print, error) !=
	    DB_STATUS_OK)
		return false;
	queue_print_list_end(&print);
	return true;
}

/* What was named by its ID, and is not there. */
static bool
queue_check_named(
    const struct queue_call *call, const struct queue_changed *changed, struct error *error)
{
	int64_t named = (int64_t)call->filter->delivery_count;
	int64_t missing = named - changed->changed - changed->passed_over - changed->trying;

	if (named == 0 || missing <= 0 || call->filter->limit < named)
		return true;
	return error_set(error,
	    "%" PRId64 " of the %" PRId64
	    " deliveries named by ID %s not in the queue, or not what the filters choose; bracemail queue list shows what is",
	    missing, named, missing == 1 ? "is" : "are");
}

static bool
queue_action_change(const struct queue_call *call, struct error *error)
{
	struct queue_changed changed = {0};
	enum db_status status =
	    queue_change(call->connection, call->filter, call->action->change, &changed, error);

	if (status == DB_STATUS_OK || changed.changed > 0)
		queue_print_changed(
		    call->action->word, call->action->change, &changed, call->is_json);
	return status == DB_STATUS_OK && queue_check_named(call, &changed, error);
}

static const struct queue_action queue_actions[] = {
    {.word = "", .run = queue_action_summary},
    {.word = "list", .run = queue_action_list},
    {"retry", queue_action_change, true, QUEUE_RETRY},
    {"delete", queue_action_change, true, QUEUE_DELETE},
    {"hold", queue_action_change, true, QUEUE_HOLD},
    {"release", queue_action_change, true, QUEUE_RELEASE},
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
queue_act(struct queue_call *call, struct queue_choice *choice,
    const struct command_options *options, const struct config *config, struct error *error)
{
	struct command_database database;
	bool done;

	if (!command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, error))
		return false;
	call->connection = database.connection;
	call->filter = &choice->filter;
	done = queue_choice_find(choice, options, database.connection, error) &&
	    call->action->run(call, error);
	command_database_close(&database);
	return done;
}

static enum command_exit
queue_run_action(const struct queue_action *action, const struct command_options *options)
{
	struct queue_call call = {.action = action, .is_json = options->json};
	bool is_summary = action->run == queue_action_summary;
	struct queue_choice choice;
	struct config *config;
	struct error error;
	enum command_exit outcome = COMMAND_FAILED;

	if (!queue_choice_read(&choice, options, is_summary ? QUEUE_SUMMARY_DEFAULT : INT64_MAX,
		is_summary ? QUEUE_SUMMARY_MAX : INT64_MAX)) {
		queue_choice_clear(&choice);
		return COMMAND_USAGE;
	}
	config = command_load_config(options);
	if (config != NULL && queue_act(&call, &choice, options, config, &error))
		outcome = COMMAND_DONE;
	else if (config != NULL)
		command_error("%s", error.text);
	config_free(config);
	queue_choice_clear(&choice);
	return outcome;
}

static enum command_exit
queue_run(const struct command_options *options)
{
	const char *word = options->operand_count > 0 ? options->operands[0] : "";
	const struct queue_action *action = queue_action_find(word);

	if (action == NULL)
		return command_usage_error(&command_queue, "queue cannot \"%s\"", word);
	if (options->all && !action->changes)
		return command_usage_error(
		    &command_queue, "--all goes with retry, delete, hold and release alone");
	if (options->all && queue_choice_is_made(options))
		return command_usage_error(&command_queue,
		    "--all means all that waits: with it there is nothing to choose");
	if (action->changes && !options->all && !queue_choice_is_made(options))
		return command_usage_error(&command_queue,
		    "queue %s of which deliveries? Name them by ID or by filters; --all means all that waits",
		    action->word);
	return queue_run_action(action, options);
}

const struct command command_queue = {.name = "queue",
    .run = queue_run,
    .takes = COMMAND_TAKES_JSON | COMMAND_TAKES_ACCOUNT | COMMAND_TAKES_LIMIT | COMMAND_TAKES_QUEUE,
    .operands_max = QUEUE_OPERANDS_MAX,
    .summary = "what waits for delivery, where and why; retry, delete, hold, release",
    .usage = "queue [list] [ID ...] [FILTER ...] [--limit N] [--json] | "
	     "retry|delete|hold|release ID ...|FILTER ...|--all [--limit N] [--json]",
    .help =
	"Works while the server runs or not.\n\n"
	"  (nothing)         how many deliveries wait, for each destination (at most 50): waiting for their\n"
	"                    next attempt, being tried (taken up by a relay process), held\n"
	"  list              each delivery, with what its last attempt came to\n"
	"  retry             they are due now; what is held stays so\n"
	"  delete            they end as failed, for good: the log says so, the sender is not told\n"
	"  hold              they are not tried until they are released, whatever their age\n"
	"  release           what is held is due now\n\n"
	"The last four leave alone what is being tried, and say how many that were.\n\n"
	"A FILTER chooses deliveries; several, and IDs, must all fit:\n"
	"  --account NAME    of that account\n"
	"  --group NAME      of that transactional group\n"
	"  --campaign ID     of that campaign (JobID)\n"
	"  --destination DOMAIN\n"
	"                    whose recipient is in that domain\n"
	"  --address ADDRESS to that recipient\n\n"
	"  --all             all that waits, of all accounts\n"
	"  --limit N         not more than so many\n"
	"  --json            one JSON document; times are UTC\n"};
