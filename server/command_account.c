#include "server/command.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/name.h"
#include "base/network.h"
#include "db/account.h"

#include "server/account_print.h"
#include "server/account_setting.h"
#include "server/command_action.h"
#include "server/command_database.h"
#include "server/password_prompt.h"

/* What one action works with. */
struct account_call {
	struct db_connection *connection;
	const struct config *config;
	const struct command_options *options;
	const char *name;
	const char *network;
	const char *setting, *value;
	const char *hash; /* of the new password */
	bool is_json;
};

struct account_action {
	const char *word;
	int operands;
	bool asks_password;
	bool tells;    /* by itself, in JSON too */
	bool is_final; /* is asked about */
	bool (*run)(const struct account_call *call, struct error *error);
};

static bool
account_unknown(const struct account_call *call, struct error *error)
{
	return error_set(
	    error, "there is no account \"%s\"; bracemail account list shows all", call->name);
}

static bool
account_action_add(const struct account_call *call, struct error *error)
{
	int64_t account_id;
	struct error why;
	enum db_status status;

	if (!name_check(call->name, ACCOUNT_NAME_MAX, &why))
		return error_set(error, "the account's name %s", why.text);
	status = account_create(call->connection, call->name, call->hash, &account_id, error);
	if (status == DB_STATUS_UNIQUE)
		return error_set(error, "there is an account \"%s\" already", call->name);
	if (status != DB_STATUS_OK)
		return false;
	if (call->is_json)
		account_print_changed("add", call->name, account_id);
	else
		printf("%" PRId64 "\n", account_id);
	return true;
}

static bool
account_action_list(const struct account_call *call, struct error *error)
{
	return account_print_list(call->connection, call->is_json, error);
}

static bool
account_action_remove(const struct account_call *call, struct error *error)
{
	struct account account;
	bool changed = false;

	if (account_find(call->connection, call->name, &account, &changed, error) != DB_STATUS_OK)
		return false;
	explicit_bzero(account.password_hash, sizeof(account.password_hash));
	if (!changed)
		return account_unknown(call, error);
	if (!command_action_ask(call->options, error,
		"remove account \"%s\" with its groups, members, queued mail and logs",
		account.name))
		return false;
	if (account_remove(call->connection, call->name, &changed, error) != DB_STATUS_OK)
		return false;
	return changed || account_unknown(call, error);
}

static bool
account_action_password(const struct account_call *call, struct error *error)
{
	bool changed = false;

	if (account_set_password(call->connection, call->name, call->hash, &changed, error) !=
	    DB_STATUS_OK)
		return false;
	return changed || account_unknown(call, error);
}

/* 192.0.2.77/24 may be meant as the one or as the other: nobody is let in by mistake. */
static bool
account_network_check(const char *text, struct error *error)
{
	unsigned char first[NETWORK_ADDRESS_BYTES];
	char address[INET6_ADDRSTRLEN];
	struct network network;
	const char *slash = strchr(text, '/');

	if (!network_parse(text, &network))
		return error_set(error,
		    "\"%s\" is no address and no network; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32",
		    text);
	if (network_is_whole(&network, first))
		return true;
	network_address_text(AF_INET6, first, address, sizeof(address));
	return error_set(error,
	    "\"%s\" is an address within a network; write %.*s, or %s%s for all of it", text,
	    (int)(slash - text), text, address, slash);
}

static bool
account_action_allow(const struct account_call *call, struct error *error)
{
	bool changed = false;
	enum db_status status;

	if (!account_network_check(call->network, error))
		return false;
	status =
	    account_allow_network(call->connection, call->name, call->network, &changed, error);
	if (status == DB_STATUS_UNIQUE)
		return error_set(
		    error, "%s is registered for \"%s\" already", call->network, call->name);
	if (status != DB_STATUS_OK)
		return false;
	return changed || account_unknown(call, error);
}

static bool
account_action_deny(const struct account_call *call, struct error *error)
{
	bool changed = false;

	if (!account_network_check(call->network, error))
		return false;
	if (account_deny_network(call->connection, call->name, call->network, &changed, error) !=
	    DB_STATUS_OK)
		return false;
	return changed ||
	    error_set(error,
		"%s is not registered for \"%s\"; bracemail account list shows what is",
		call->network, call->name);
}

static bool
account_action_set(const struct account_call *call, struct error *error)
{
	bool changed = false;

	if (!account_setting_set(call->connection, call->config, call->name, call->setting,
		call->value, &changed, error))
		return false;
	return changed || account_unknown(call, error);
}

static const struct account_action account_actions[] = {
    {"add", 1, .asks_password = true, .tells = true, .run = account_action_add},
    {"list", 0, .tells = true, .run = account_action_list},
    {"remove", 1, .is_final = true, .run = account_action_remove},
    {"password", 1, .asks_password = true, .run = account_action_password},
    {"allow-ip", 2, .run = account_action_allow},
    {"deny-ip", 2, .run = account_action_deny},
    {"set", 3, .run = account_action_set},
};

static const struct account_action *
account_action_find(const char *word)
{
	for (size_t i = 0; i < sizeof(account_actions) / sizeof(account_actions[0]); i++)
		if (strcmp(account_actions[i].word, word) == 0)
			return &account_actions[i];
	return NULL;
}

static bool
account_new_hash(const struct command_options *options, char *hash, struct error *error)
{
	char password[PASSWORD_PROMPT_SIZE];
	bool done = options->password_from_stdin ? password_read_stdin(password, error)
						 : password_ask(password, error);

	done = done && password_hash(password, hash, error);
	explicit_bzero(password, sizeof(password));
	return done;
}

static bool
account_act(const struct account_action *action, const struct command_options *options,
    const struct config *config, struct error *error)
{
	struct account_call call = {.config = config,
	    .options = options,
	    .name = action->operands > 0 ? options->operands[1] : NULL,
	    .network = action->operands > 1 ? options->operands[2] : NULL,
	    .setting = action->operands > 1 ? options->operands[2] : NULL,
	    .value = action->operands > 2 ? options->operands[3] : NULL};
	struct command_database database;
	char hash[PASSWORD_HASH_SIZE];
	bool done;

	if (action->asks_password && !account_new_hash(options, hash, error))
		return false;
	if (!command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, error))
		return false;
	call.connection = database.connection;
	call.hash = hash;
	call.is_json = options->json;
	done = action->run(&call, error);
	if (done && call.is_json && !action->tells)
		account_print_changed(action->word, call.name, 0);
	command_database_close(&database);
	return done;
}

static enum command_exit
account_run(const struct command_options *options)
{
	const struct account_action *action;
	struct config *config;
	struct error error;
	bool done;

	if (options->operand_count == 0)
		return command_usage_error(&command_account, "account does what?");
	action = account_action_find(options->operands[0]);
	if (action == NULL)
		return command_usage_error(
		    &command_account, "account cannot \"%s\"", options->operands[0]);
	if (options->operand_count != action->operands + 1)
		return command_usage_error(&command_account, "account %s takes %d word%s after it",
		    action->word, action->operands, action->operands == 1 ? "" : "s");
	if (action->asks_password && !options->password_from_stdin && !isatty(STDIN_FILENO))
		return command_usage_error(&command_account,
		    "no terminal to ask for the password: give it on standard input, with --password-stdin");
	if (action->is_final && command_action_confirm(&command_account, options) != COMMAND_DONE)
		return COMMAND_USAGE;
	config = command_load_config(options);
	if (config == NULL)
		return COMMAND_FAILED;
	done = account_act(action, options, config, &error);
	config_free(config);
	if (!done)
		command_error("%s", error.text);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command command_account = {.name = "account",
    .run = account_run,
    .takes = COMMAND_TAKES_PASSWORD_STDIN | COMMAND_TAKES_JSON | COMMAND_TAKES_YES,
    .operands_max = 4,
    .summary = "add, list, remove accounts; their passwords, networks and settings",
    .usage =
	"account add NAME [--password-stdin] | list | remove NAME [--yes] | password NAME [--password-stdin] | allow-ip NAME CIDR | deny-ip NAME CIDR | "
	"set NAME keep-mail-from yes|no | set NAME manager ADDRESS|none | "
	"set NAME failure-notices neither|manager|from|both | set NAME hour-limit|day-limit N|none | set NAME retention-days N|default [--json]",
    .help =
	"Works while the server runs or not.\n\n"
	"  add NAME          make an account, print its id; asks for a password\n"
	"  list              id, name, networks and limits (what is sent of what may be) of all accounts\n"
	"  remove NAME       with its groups, members, queued mail and logs\n"
	"  password NAME     set a new password\n"
	"  allow-ip NAME CIDR, deny-ip NAME CIDR\n"
	"                    whether mail from that address or network is the account's own\n"
	"  set NAME keep-mail-from yes|no\n"
	"                    whether its mail leaves under the MAIL FROM that it gave; bounces then\n"
	"                    go there and are not read here\n"
	"  set NAME manager ADDRESS|none\n"
	"                    whose account it is\n"
	"  set NAME failure-notices neither|manager|from|both\n"
	"                    who is told of a transactional message that was accepted and then failed: the\n"
	"                    manager, the address in its From, both or neither\n"
	"  set NAME hour-limit N|none, set NAME day-limit N|none\n"
	"                    how many messages it may send in an hour and in a day (of UTC); each\n"
	"                    recipient counts. What comes beyond is refused until the next\n"
	"  set NAME retention-days N|default\n"
	"                    how many days its mail and logs are kept; default: log.retention_days\n\n"
	"  --password-stdin  the password is the first line of standard input\n"
	"  --yes             remove without a question\n"
	"  --json            JSON; list tells the settings, too\n"};
