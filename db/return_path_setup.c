#include "db/return_path_setup.h"

#include <string.h>

#include <glib.h>

#include "db/row.h"
#include "db/worker_private.h"

/* One row an account that keeps its MAIL FROM or wants failures told; one without an account where there is none. */
const struct pipeline_statement return_path_setup_statements[] = {
    {"return_path_setup",
	"SELECT k.key, a.account_id, a.keep_mail_from::int, a.failure_notices, a.email_address "
	"FROM return_path_key AS k "
	"LEFT JOIN account AS a ON a.keep_mail_from OR a.failure_notices <> 0"},
    {NULL, NULL},
};

enum setup_column { SETUP_KEY, SETUP_ACCOUNT, SETUP_KEEPS, SETUP_NOTICES, SETUP_MANAGER };

struct setup_account {
	int64_t account_id;
	bool keeps_mail_from;
	unsigned notices;
	char *manager;
};

struct return_path_setup {
	struct db_worker *worker;
	bool is_known;
	uint8_t key[DELIVERY_TOKEN_KEY_SIZE];
	GHashTable *accounts; /* struct setup_account, by its account_id */
};

static bool
setup_is_whole(const PGresult *result)
{
	return PQntuples(result) > 0 &&
	    PQgetlength(result, 0, SETUP_KEY) == DELIVERY_TOKEN_KEY_SIZE;
}

static void
setup_take(struct return_path_setup *setup, const PGresult *result)
{
	memcpy(setup->key, PQgetvalue(result, 0, SETUP_KEY), DELIVERY_TOKEN_KEY_SIZE);
	setup->is_known = true;
	g_hash_table_remove_all(setup->accounts);
	for (int row = 0; row < PQntuples(result); row++) {
		const struct setup_account account = {
		    .account_id = row_number(result, row, SETUP_ACCOUNT),
		    .keeps_mail_from = row_number(result, row, SETUP_KEEPS) != 0,
		    .notices = (unsigned)row_number(result, row, SETUP_NOTICES),
		    .manager = g_strdup(row_text(result, row, SETUP_MANAGER)),
		};

		g_hash_table_add(setup->accounts, g_memdup2(&account, sizeof(account)));
	}
}

static void
setup_on_read(void *arg, const struct pipeline_outcome *outcome)
{
	struct return_path_setup *setup = arg;

	if (outcome->status == PIPELINE_LOST)
		return;
	/* Without it mail would leave under the wrong sender: the worker begins anew. */
	if (outcome->status == PIPELINE_FAILED)
		pipeline_reconnect(setup->worker->results, outcome->failure.text);
	else if (!setup_is_whole(outcome->results[0]))
		pipeline_reconnect(setup->worker->results, "table return_path_key holds no key");
	else
		setup_take(setup, outcome->results[0]);
}

void
return_path_setup_read(struct return_path_setup *setup)
{
	struct pipeline *pipeline = setup->worker->results;

	if (!pipeline_is_ready(pipeline))
		return;
	pipeline_begin(pipeline);
	pipeline_execute(pipeline, return_path_setup_statements, NULL);
	pipeline_commit(pipeline, setup_on_read, setup);
}

const uint8_t *
return_path_key(const struct db_worker *worker)
{
	return worker->return_paths->is_known ? worker->return_paths->key : NULL;
}

bool
account_keeps_mail_from(const struct db_worker *worker, int64_t account_id)
{
	const struct setup_account *account =
	    g_hash_table_lookup(worker->return_paths->accounts, &account_id);

	return account != NULL && account->keeps_mail_from;
}

unsigned
account_failure_notices(const struct db_worker *worker, int64_t account_id, const char **manager)
{
	const struct setup_account *account =
	    g_hash_table_lookup(worker->return_paths->accounts, &account_id);

	*manager = account != NULL ? account->manager : "";
	return account != NULL ? account->notices : 0;
}

static void
setup_account_free(void *data)
{
	struct setup_account *account = data;

	g_free(account->manager);
	g_free(account);
}

struct return_path_setup *
return_path_setup_create(struct db_worker *worker)
{
	struct return_path_setup *setup = g_new0(struct return_path_setup, 1);

	setup->worker = worker;
	setup->accounts =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, setup_account_free, NULL);
	return setup;
}

void
return_path_setup_destroy(struct return_path_setup *setup)
{
	g_hash_table_unref(setup->accounts);
	explicit_bzero(setup->key, sizeof(setup->key));
	g_free(setup);
}
