#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include "db/dkim_key.h"
#include "services/relay/dkim/domain.h"
#include "services/relay/dkim/key_pair.h"

#include "server/command_action.h"
#include "server/command_database.h"
#include "server/command_json.h"

/* What one action works with. */
struct dkim_call {
	const struct command_options *options;
	struct db_connection *connection;
	const char *account_name;
	int64_t account_id;
	struct dkim_key key; /* domain, selector, algorithm: as asked for */
	unsigned bits;
	bool is_json;
	int64_t count; /* of what was printed */
};

struct dkim_action {
	const char *word;
	int operands;
	bool makes_key;
	bool is_final; /* is asked about */
	bool (*run)(struct dkim_call *call, struct error *error);
};

static bool
dkim_unknown(const struct dkim_call *call, struct error *error)
{
	return error_set(error, "\"%s\" has no key \"%s\" for %s; bracemail dkim list shows all",
	    call->account_name, call->key.selector, call->key.domain);
}

static JsonObject *
dkim_json_key(const struct dkim_key *key)
{
	JsonObject *object = json_object_new();

	command_json_add_text(object, "domain", key->domain);
	command_json_add_text(object, "selector", key->selector);
	command_json_add_text(object, "algorithm", dkim_algorithm_name(key->algorithm));
	json_object_set_boolean_member(object, "signs", key->state == DKIM_KEY_ACTIVE);
	return object;
}

static bool
dkim_print_json(const struct dkim_key *key, struct error *error)
{
	g_autofree char *value = dkim_key_pair_value(key, error);
	g_autofree char *name = g_strdup_printf("%s._domainkey.%s", key->selector, key->domain);
	JsonObject *object;

	if (value == NULL)
		return false;
	object = dkim_json_key(key);
	command_json_add_text(object, "record", name);
	command_json_add_text(object, "value", value);
	command_json_print_document(object);
	return true;
}

static bool
dkim_print_record(const struct dkim_call *call, const struct dkim_key *key, struct error *error)
{
	GString *record;
	bool is_read;

	if (call->is_json)
		return dkim_print_json(key, error);
	record = g_string_new(NULL);
	is_read = dkim_key_pair_record(key, record, error);
	fputs(record->str, stdout);
	g_string_free(record, TRUE);
	return is_read;
}

static bool
dkim_action_add(struct dkim_call *call, struct error *error)
{
	bool added = false;
	enum db_status status;

	if (!dkim_key_pair_make(&call->key, call->bits, error))
		return false;
	status = dkim_key_add(call->connection, call->account_id, &call->key, &added, error);
	if (status == DB_STATUS_UNIQUE)
		return error_set(error, "%s has a key \"%s\" already; --selector names another one",
		    call->key.domain, call->key.selector);
	if (status != DB_STATUS_OK)
		return false;
	if (!added)
		return error_set(error, "%s has %d keys, which is the limit; remove one first",
		    call->key.domain, DKIM_DOMAIN_KEYS_MAX);
	call->key.state = DKIM_KEY_ACTIVE;
	return dkim_print_record(call, &call->key, error);
}

static void
dkim_print_key(void *arg, const struct dkim_key *key)
{
	struct dkim_call *call = arg;

	if (call->is_json)
		command_json_array_add(call->count, "keys", dkim_json_key(key));
	else
		printf("%s\t%s\t%s\t%s\n", key->domain, key->selector,
		    dkim_algorithm_name(key->algorithm),
		    key->state == DKIM_KEY_ACTIVE ? "active" : "idle");
	call->count++;
}

static bool
dkim_action_list(struct dkim_call *call, struct error *error)
{
	if (dkim_key_list(call->connection, call->account_id, dkim_print_key, call, error) !=
	    DB_STATUS_OK)
		return false;
	if (call->is_json) {
		command_json_array_end(call->count, "keys");
		puts("}");
	}
	return true;
}

/* What was done to a key: in JSON alone. */
static bool
dkim_changed(const struct dkim_call *call, const char *action)
{
	JsonObject *object;

	if (!call->is_json)
		return true;
	object = json_object_new();
	command_json_add_text(object, "action", action);
	command_json_add_text(object, "domain", call->key.domain);
	command_json_add_text(object, "selector", call->key.selector);
	command_json_print_document(object);
	return true;
}

static bool
dkim_action_show(struct dkim_call *call, struct error *error)
{
	struct dkim_key key = {0};
	bool found = false, is_shown;

	if (dkim_key_find(call->connection, call->account_id, call->key.domain, call->key.selector,
		&key, &found, error) != DB_STATUS_OK)
		return false;
	is_shown = found ? dkim_print_record(call, &key, error) : dkim_unknown(call, error);
	dkim_key_clear(&key);
	return is_shown;
}

static bool
dkim_action_remove(struct dkim_call *call, struct error *error)
{
	struct dkim_key key = {0};
	bool changed = false;

	if (dkim_key_find(call->connection, call->account_id, call->key.domain, call->key.selector,
		&key, &changed, error) != DB_STATUS_OK)
		return false;
	dkim_key_clear(&key);
	if (!changed)
		return dkim_unknown(call, error);
	if (!command_action_ask(call->options, error,
		"remove key \"%s\" of %s, which nobody can make again", call->key.selector,
		call->key.domain))
		return false;
	if (dkim_key_remove(call->connection, call->account_id, call->key.domain,
		call->key.selector, &changed, error) != DB_STATUS_OK)
		return false;
	return changed ? dkim_changed(call, "remove") : dkim_unknown(call, error);
}

static bool
dkim_set_state(struct dkim_call *call, enum dkim_key_state state, struct error *error)
{
	bool changed = false;

	if (dkim_key_set_state(call->connection, call->account_id, call->key.domain,
		call->key.selector, state, &changed, error) != DB_STATUS_OK)
		return false;
	return changed ? dkim_changed(call, state == DKIM_KEY_ACTIVE ? "enable" : "disable")
		       : dkim_unknown(call, error);
}

static bool
dkim_action_enable(struct dkim_call *call, struct error *error)
{
	return dkim_set_state(call, DKIM_KEY_ACTIVE, error);
}

static bool
dkim_action_disable(struct dkim_call *call, struct error *error)
{
	return dkim_set_state(call, DKIM_KEY_IDLE, error);
}

static const struct dkim_action dkim_actions[] = {
    {"add", 2, .makes_key = true, .run = dkim_action_add},
    {"list", 1, .run = dkim_action_list},
    {"show", 3, .run = dkim_action_show},
    {"remove", 3, .is_final = true, .run = dkim_action_remove},
    {"enable", 3, .run = dkim_action_enable},
    {"disable", 3, .run = dkim_action_disable},
};

static const struct dkim_action *
dkim_action_find(const char *word)
{
	for (size_t i = 0; i < sizeof(dkim_actions) / sizeof(dkim_actions[0]); i++)
		if (strcmp(dkim_actions[i].word, word) == 0)
			return &dkim_actions[i];
	return NULL;
}

/* One label of RFC 1035 2.3.1, in lower case; NULL with the reason. g_free. */
static char *
dkim_selector_read(const char *text, struct error *error)
{
	char *selector = g_ascii_strdown(text, -1);
	size_t length = strlen(selector);

	if (length > 0 && length <= DKIM_SELECTOR_MAX && selector[0] != '-' &&
	    selector[length - 1] != '-' &&
	    strspn(selector, "abcdefghijklmnopqrstuvwxyz0123456789-") == length)
		return selector;
	g_free(selector);
	error_set(error, "\"%s\" is no selector: letters, digits and hyphens, %d at most", text,
	    DKIM_SELECTOR_MAX);
	return NULL;
}

static const char *
dkim_selector_default(enum dkim_algorithm algorithm)
{
	return algorithm == DKIM_ALGORITHM_ED25519 ? "bracemail-ed25519" : "bracemail-rsa";
}

static bool
dkim_read_operands(const struct dkim_action *action, const struct command_options *options,
    struct dkim_call *call, struct error *error)
{
	const char *selector = action->operands > 2 ? options->operands[3]
	    : options->selector != NULL             ? options->selector
						    : dkim_selector_default(call->key.algorithm);

	call->account_name = options->operands[1];
	if (action->operands < 2)
		return true;
	call->key.domain = dkim_domain_normalize(options->operands[2], error);
	if (call->key.domain == NULL)
		return false;
	call->key.selector = dkim_selector_read(selector, error);
	return call->key.selector != NULL;
}

static bool
dkim_act(const struct dkim_action *action, const struct command_options *options,
    const struct config *config, struct dkim_call *call, struct error *error)
{
	struct command_database database;
	bool done;

	if (!dkim_read_operands(action, options, call, error) ||
	    !command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, error))
		return false;
	call->connection = database.connection;
	done = command_database_find_account(
		   call->connection, call->account_name, &call->account_id, error) &&
	    action->run(call, error);
	command_database_close(&database);
	return done;
}

/* Returns COMMAND_DONE when the options make sense. */
static enum command_exit
dkim_read_options(
    const struct dkim_action *action, const struct command_options *options, struct dkim_call *call)
{
	gint64 bits = DKIM_RSA_BITS;

	if (!action->makes_key &&
	    (options->selector != NULL || options->algorithm != NULL || options->bits != NULL))
		return command_usage_error(&command_dkim, "dkim %s makes no key", action->word);
	if (options->algorithm != NULL && strcmp(options->algorithm, "ed25519") == 0)
		call->key.algorithm = DKIM_ALGORITHM_ED25519;
	else if (options->algorithm != NULL && strcmp(options->algorithm, "rsa") != 0)
		return command_usage_error(&command_dkim,
		    "--algorithm takes rsa or ed25519, not \"%s\"", options->algorithm);
	if (options->bits != NULL && call->key.algorithm != DKIM_ALGORITHM_RSA)
		return command_usage_error(&command_dkim, "--bits is for rsa");
	if (options->bits != NULL &&
	    !g_ascii_string_to_signed(
		options->bits, 10, DKIM_RSA_BITS_MIN, DKIM_RSA_BITS_MAX, &bits, NULL))
		return command_usage_error(&command_dkim, "--bits takes %d to %d, not \"%s\"",
		    DKIM_RSA_BITS_MIN, DKIM_RSA_BITS_MAX, options->bits);
	call->bits = (unsigned)bits;
	return COMMAND_DONE;
}

static enum command_exit
dkim_run(const struct command_options *options)
{
	const struct dkim_action *action;
	struct dkim_call call = {
	    .options = options, .key.algorithm = DKIM_ALGORITHM_RSA, .is_json = options->json};
	struct config *config;
	struct error error;
	bool done;

	if (options->operand_count == 0)
		return command_usage_error(&command_dkim, "dkim does what?");
	action = dkim_action_find(options->operands[0]);
	if (action == NULL)
		return command_usage_error(
		    &command_dkim, "dkim cannot \"%s\"", options->operands[0]);
	if (options->operand_count != action->operands + 1)
		return command_usage_error(&command_dkim, "dkim %s takes %d word%s after it",
		    action->word, action->operands, action->operands == 1 ? "" : "s");
	if (dkim_read_options(action, options, &call) != COMMAND_DONE ||
	    (action->is_final && command_action_confirm(&command_dkim, options) != COMMAND_DONE))
		return COMMAND_USAGE;
	config = command_load_config(options);
	if (config == NULL)
		return COMMAND_FAILED;
	done = dkim_act(action, options, config, &call, &error);
	dkim_key_clear(&call.key);
	config_free(config);
	if (!done)
		command_error("%s", error.text);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command command_dkim = {.name = "dkim",
    .run = dkim_run,
    .takes = COMMAND_TAKES_KEY | COMMAND_TAKES_JSON | COMMAND_TAKES_YES,
    .operands_max = 4,
    .summary = "keys that sign an account's mail, and their DNS records",
    .usage =
	"dkim add ACCOUNT DOMAIN [--selector NAME] [--algorithm rsa|ed25519] [--bits NUMBER] | list ACCOUNT | "
	"show | enable | disable ACCOUNT DOMAIN SELECTOR | remove ACCOUNT DOMAIN SELECTOR [--yes] [--json]",
    .help = "Works while the server runs or not; a change holds for mail from then on.\n\n"
	    "  add ACCOUNT DOMAIN    make a key, print the DNS record that publishes it\n"
	    "  list ACCOUNT          domain, selector, algorithm and state of all its keys\n"
	    "  show ACCOUNT DOMAIN SELECTOR\n"
	    "                        the DNS record again\n"
	    "  remove ACCOUNT DOMAIN SELECTOR\n"
	    "  disable, enable ACCOUNT DOMAIN SELECTOR\n"
	    "                        whether the key signs\n\n"
	    "  --selector NAME       default: bracemail-rsa or bracemail-ed25519\n"
	    "  --algorithm NAME      rsa (default) or ed25519\n"
	    "  --bits NUMBER         of an rsa key: 2048 (default) to 4096\n"
	    "  --yes                 remove without a question\n"
	    "  --json                one JSON document\n"};
