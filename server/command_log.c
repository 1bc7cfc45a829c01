#include "server/command.h"

#include <string.h>

#include "db/delivery_history.h"

#include "server/command_database.h"
#include "server/log_printer.h"
#include "server/time_options.h"

enum { LOG_LIMIT_DEFAULT = 100, LOG_LIMIT_MAX = 100000 };

/* What is asked for. */
struct log_call {
	const char *address; /* NULL: an id is */
	gint64 id;
	struct delivery_history_filter filter;
};

/* Returns COMMAND_DONE when the operand makes sense. */
static enum command_exit
log_read_operand(const struct command_options *options, struct log_call *call)
{
	const char *operand = options->operand_count > 0 ? options->operands[0] : NULL;

	if (operand == NULL)
		return command_usage_error(&command_log, "log of which ADDRESS or ID?");
	if (strchr(operand, '@') != NULL && g_utf8_validate(operand, -1, NULL))
		call->address = operand;
	else if (!g_ascii_string_to_signed(operand, 10, 1, G_MAXINT64, &call->id, NULL))
		return command_usage_error(&command_log,
		    "\"%s\" is neither an address (with an @) nor an id (a number)", operand);
	if (call->address == NULL && (options->since != NULL || options->until != NULL))
		return command_usage_error(
		    &command_log, "--since and --until are for an address, not for an id");
	return COMMAND_DONE;
}

/* Returns COMMAND_DONE when the options make sense. */
static enum command_exit
log_read_options(const struct command_options *options, struct log_call *call)
{
	struct delivery_history_filter *filter = &call->filter;
	gint64 limit = LOG_LIMIT_DEFAULT;

	if (options->limit != NULL &&
	    !g_ascii_string_to_signed(options->limit, 10, 1, LOG_LIMIT_MAX, &limit, NULL))
		return command_usage_error(&command_log, "--limit takes 1 to %d, not \"%s\"",
		    LOG_LIMIT_MAX, options->limit);
	filter->limit = (int)limit;
	return time_options_read(&command_log, options, &filter->begin, &filter->end);
}

static bool
log_nothing(const struct command_options *options, const struct log_call *call, struct error *error)
{
	bool is_narrowed =
	    options->account != NULL || options->since != NULL || options->until != NULL;

	if (call->address != NULL)
		return error_set(error, "nothing was sent to \"%.320s\" %s", call->address,
		    is_narrowed ? "there and then; ask without --account, --since and --until"
				: "that is still kept; log.retention_days says how long it is");
	return error_set(error,
	    "there is no message or delivery %" G_GINT64_FORMAT
	    "%s; ask for the recipient's address instead",
	    call->id, is_narrowed ? " of that account" : ", or it is no longer kept");
}

static bool
log_print(const struct command_options *options, struct db_connection *connection,
    const struct delivery_history_keys *found, struct error *error)
{
	struct log_printer printer;
	bool done = true;

	log_printer_begin(&printer, connection, options->json ? LOG_FORM_JSON : LOG_FORM_TEXT);
	for (guint i = 0; i < found->keys->len && done; i++)
		done = log_printer_delivery(
		    &printer, &g_array_index(found->keys, struct delivery_history_key, i), error);
	log_printer_end(&printer);
	return done;
}

static bool
log_act(const struct command_options *options, struct db_connection *connection,
    struct log_call *call, struct error *error)
{
	struct delivery_history_keys found;
	enum db_status status;
	bool done;

	if (options->account != NULL &&
	    !command_database_find_account(
		connection, options->account, &call->filter.account_id, error))
		return false;
	status = call->address != NULL
	    ? delivery_history_find_address(connection, &call->filter, call->address, &found, error)
	    : delivery_history_find_id(connection, &call->filter, call->id, &found, error);
	done = status == DB_STATUS_OK;
	if (done && found.keys->len == 0)
		done = log_nothing(options, call, error);
	else if (done)
		done = log_print(options, connection, &found, error);
	if (done && found.more)
		command_error("there are more than these %u; --limit takes up to %d%s",
		    found.keys->len, LOG_LIMIT_MAX,
		    call->address != NULL ? ", --until leads to older ones" : "");
	g_array_unref(found.keys);
	return done;
}

static enum command_exit
log_run(const struct command_options *options)
{
	struct command_database database;
	struct log_call call = {.address = NULL};
	struct config *config;
	struct error error;
	bool done;

	if (log_read_operand(options, &call) != COMMAND_DONE ||
	    log_read_options(options, &call) != COMMAND_DONE)
		return COMMAND_USAGE;
	config = command_load_config(options);
	if (config == NULL)
		return COMMAND_FAILED;
	done = command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, &error);
	if (done) {
		done = log_act(options, database.connection, &call, &error);
		command_database_close(&database);
	}
	config_free(config);
	if (!done)
		command_error("%s", error.text);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command command_log = {.name = "log",
    .run = log_run,
    .takes = COMMAND_TAKES_ACCOUNT | COMMAND_TAKES_TIMES | COMMAND_TAKES_LIMIT | COMMAND_TAKES_JSON,
    .operands_max = 1,
    .summary = "what happened to a message: its deliveries and their SMTP conversations",
    .usage = "log ADDRESS|ID [--account NAME] [--since TIME] [--until TIME] [--limit N] [--json]",
    .help =
	"Works while the server runs or not. Changes nothing.\n\n"
	"  ADDRESS           what was sent to that recipient, in any case of letters, campaigns and reports\n"
	"                    to senders too; the newest last\n"
	"  ID                all deliveries of one message. It is what the 250 reply named\n"
	"                    (TransactionalID), what the server's log has as message= or delivery=, or a\n"
	"                    TransactionalID of the API. A campaign's delivery is shown alone\n\n"
	"  --account NAME    of that account alone\n"
	"  --since TIME, --until TIME\n"
	"                    taken from then on, and up to then: 2026-03-19, for a day as a whole, or\n"
	"                    2026-03-19T14:05:00Z; UTC where nothing else is said\n"
	"  --limit N         at most so many, the newest (default: 100, at most 100000)\n"
	"  --json            one JSON document: an array of deliveries, with their attempts and reports\n\n"
	"A line tells of each delivery; under it are the conversations, attempt by attempt, as they were\n"
	"recorded. state: Pending or Deferred, and next= says when the next attempt is, or trying, or held;\n"
	"Delivered, Failed, Rejected, Discarded; Withdrawn: it was deferred when its campaign was deleted.\n"
	"Bounces and complaints that came back later are under them, as report. What would not be printed\n"
	"is \\xHH.\n"};
