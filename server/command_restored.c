#include "server/command.h"

#include <string.h>

#include "db/restored_check.h"
#include "db/worker.h"

#include "server/command_database.h"
#include "server/restored_print.h"

static const char settle_word[] = "settle";

static bool
restored_settle_all(struct db_connection *connection, const struct restored *restored,
    int64_t *settled, struct error *error)
{
	/* What a dead process had taken up waits, too. */
	if (db_workers_reap(connection, error) != DB_STATUS_OK ||
	    !restored_settle(connection, restored, settled, error) ||
	    !restored_move_ids(connection, restored->highest_id, error))
		return false;
	restored_note();
	return true;
}

static bool
restored_act(struct db_connection *connection, const struct config *config,
    const struct command_options *options, struct error *error)
{
	const struct restored_ledger ledger = config_restored_ledger(config);
	struct restored restored;
	g_autoptr(GPtrArray) nodes = NULL;
	int64_t settled = -1;
	bool done;

	if (!restored_compare(connection, &ledger, &restored, error))
		return false;
	done = db_workers_gone(connection, g_get_host_name(), &nodes, error) == DB_STATUS_OK &&
	    (options->operand_count == 0 ||
		restored_settle_all(connection, &restored, &settled, error));
	if (done && options->json)
		restored_print_json(&restored, settled, nodes);
	else if (done)
		restored_print(&restored, settled, nodes);
	restored_clear(&restored);
	return done;
}

static bool
restored_open_and_act(
    const struct config *config, const struct command_options *options, struct error *error)
{
	struct command_database database;
	bool done;

	if (config->ledger_days == 0)
		return error_set(error, "no ledger is kept here: ledger.days is 0");
	if (!command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, error))
		return false;
	done = restored_act(database.connection, config, options, error);
	command_database_close(&database);
	return done;
}

static enum command_exit
restored_run(const struct command_options *options)
{
	struct config *config;
	struct error error;
	bool done;

	if (options->operand_count > 0 && strcmp(options->operands[0], settle_word) != 0)
		return command_usage_error(&command_restored,
		    "restored cannot \"%s\": it lists, or with settle it ends what was delivered",
		    options->operands[0]);
	config = command_load_config(options);
	if (config == NULL)
		return COMMAND_FAILED;
	done = restored_open_and_act(config, options, &error);
	config_free(config);
	if (!done)
		command_error("%s", error.text);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command command_restored = {.name = "restored",
    .run = restored_run,
    .takes = COMMAND_TAKES_JSON,
    .operands_max = 1,
    .summary = "what a database restored to an earlier time lacks, by this node's ledger",
    .usage = "restored [settle] [--json]",
    .help =
	"Compares the database with the ledger of this node: what it accepted, and how deliveries ended,\n"
	"in files beside the database. Works while the server runs or not. Without a word it changes\n"
	"nothing. On several nodes it is run on each, before any of them serves.\n\n"
	"  settle            deliveries that would be made twice end as they did; ids go on behind those\n"
	"                    that were given out\n\n"
	"  --json            one JSON document\n\n"
	"lost: a message that was accepted, or a campaign, which the database does not have; ended= is\n"
	"how the delivery ended, or no: then nobody got it. twice: a delivery that waits, though it was\n"
	"made. serve holds those when it connects: bracemail queue release ID sends one all the same.\n"};
