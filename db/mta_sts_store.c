#include "db/mta_sts_store.h"

#include "base/log.h"

#include "db/row.h"
#include "db/worker_private.h"

enum store_statement { STORE_USE, STORE_READ, STORE_WRITE, STORE_CLEAN, STORE_TAKE_DUE };

/* Patterns hold no line feed. */
const struct pipeline_statement mta_sts_store_statements[] = {
    [STORE_USE] = {"mta_sts_use",
	"UPDATE mta_sts_policy SET used_at = now() "
	"WHERE domain = $1::text AND used_at < now() - interval '1 day'"},
    [STORE_READ] = {"mta_sts_read",
	"SELECT domain, id, mode, max_age, array_to_string(patterns, E'\\n'), expires_at "
	"FROM mta_sts_policy WHERE domain = $1::text AND expires_at > now()"},
    [STORE_WRITE] = {"mta_sts_write",
	"INSERT INTO mta_sts_policy (domain, id, mode, max_age, patterns, fetched_at, expires_at, "
	" refresh_at, used_at) "
	"SELECT $1::text, $2::text, $3::text, $4::int, $5::text[], now(), "
	" now() + make_interval(secs => $4::int), "
	" now() + make_interval(secs => least($4::int / 2, $6::int)), now() "
	"ON CONFLICT (domain) DO UPDATE SET id = excluded.id, mode = excluded.mode, "
	" max_age = excluded.max_age, patterns = excluded.patterns, "
	" fetched_at = excluded.fetched_at, expires_at = excluded.expires_at, "
	" refresh_at = excluded.refresh_at"},
    [STORE_CLEAN] = {"mta_sts_clean",
	"DELETE FROM mta_sts_policy WHERE domain IN (SELECT domain FROM mta_sts_policy "
	" WHERE expires_at <= now() ORDER BY expires_at LIMIT $1::int FOR UPDATE SKIP LOCKED)"},
    [STORE_TAKE_DUE] = {"mta_sts_take_due",
	"UPDATE mta_sts_policy SET refresh_at = now() + make_interval(secs => $2::int) "
	"WHERE domain IN (SELECT domain FROM mta_sts_policy WHERE refresh_at <= now() "
	" ORDER BY refresh_at LIMIT $1::int FOR UPDATE SKIP LOCKED) "
	"RETURNING domain, used_at > now() - make_interval(days => $3::int)"},
    {NULL, NULL},
};

enum read_column { READ_DOMAIN, READ_ID, READ_MODE, READ_MAX_AGE, READ_PATTERNS, READ_EXPIRES_AT };
enum due_column { DUE_DOMAIN, DUE_IS_USED };

struct store_call {
	mta_sts_read_done *read;
	mta_sts_due_done *due;
	void *arg;
};

static bool
store_has(const struct pipeline_outcome *outcome)
{
	if (outcome->status == PIPELINE_FAILED)
		log_error("mta-sts-store-failed", "sqlstate=%s reason=\"%s\"",
		    outcome->failure.sqlstate, outcome->failure.text);
	return outcome->status == PIPELINE_COMMITTED;
}

static void
store_tell_row(const struct store_call *call, const PGresult *result)
{
	struct mta_sts_row row;
	char **patterns;

	if (PQntuples(result) == 0) {
		call->read(call->arg, DB_OK, NULL);
		return;
	}
	patterns = g_strsplit(row_text(result, 0, READ_PATTERNS), "\n", -1);
	row = (struct mta_sts_row){.domain = row_text(result, 0, READ_DOMAIN),
	    .id = row_text(result, 0, READ_ID),
	    .mode = row_text(result, 0, READ_MODE),
	    .max_age = (unsigned)row_number(result, 0, READ_MAX_AGE),
	    .patterns = g_ptr_array_new(),
	    .expires_at = row_time(result, 0, READ_EXPIRES_AT)};
	for (char **pattern = patterns; *pattern != NULL; pattern++)
		g_ptr_array_add(row.patterns, *pattern);
	call->read(call->arg, DB_OK, &row);
	g_ptr_array_unref(row.patterns);
	g_strfreev(patterns);
}

static void
store_on_read(void *arg, const struct pipeline_outcome *outcome)
{
	struct store_call *call = arg;

	if (store_has(outcome))
		store_tell_row(call, outcome->results[1]);
	else
		call->read(call->arg, DB_UNAVAILABLE, NULL);
	g_free(call);
}

bool
mta_sts_store_read(struct db_worker *worker, const char *domain, mta_sts_read_done *done, void *arg)
{
	struct parameters parameters;
	struct store_call *call;

	if (!pipeline_is_ready(worker->lookup))
		return false;
	call = g_new0(struct store_call, 1);
	call->read = done;
	call->arg = arg;
	parameters_init(&parameters);
	parameters_add_text(&parameters, domain);
	pipeline_begin(worker->lookup);
	pipeline_execute(worker->lookup, &mta_sts_store_statements[STORE_USE], &parameters);
	pipeline_execute(worker->lookup, &mta_sts_store_statements[STORE_READ], &parameters);
	pipeline_commit(worker->lookup, store_on_read, call);
	parameters_clear(&parameters);
	return true;
}

static void
store_on_written(void *arg, const struct pipeline_outcome *outcome)
{
	(void)arg;
	(void)store_has(outcome);
}

void
mta_sts_store_write(struct db_worker *worker, const struct mta_sts_row *row)
{
	struct parameters parameters;
	struct db_array *patterns;

	if (!pipeline_is_ready(worker->lookup))
		return;
	parameters_init(&parameters);
	parameters_add_text(&parameters, row->domain);
	parameters_add_text(&parameters, row->id);
	parameters_add_text(&parameters, row->mode);
	parameters_add_number(&parameters, row->max_age);
	patterns = parameters_add_array(&parameters, DB_ARRAY_TEXT);
	for (guint i = 0; i < row->patterns->len; i++)
		db_array_add_text(patterns, g_ptr_array_index(row->patterns, i), -1);
	parameters_add_number(&parameters, MTA_STS_REFRESH_SECONDS);
	pipeline_begin(worker->lookup);
	pipeline_execute(worker->lookup, &mta_sts_store_statements[STORE_WRITE], &parameters);
	pipeline_commit(worker->lookup, store_on_written, NULL);
	parameters_clear(&parameters);
}

static void
store_on_due(void *arg, const struct pipeline_outcome *outcome)
{
	struct store_call *call = arg;
	GPtrArray *domains;

	if (store_has(outcome)) {
		const PGresult *result = outcome->results[1];

		domains = g_ptr_array_new();
		for (int row = 0; row < PQntuples(result); row++)
			if (row_number(result, row, DUE_IS_USED))
				g_ptr_array_add(domains, (char *)row_text(result, row, DUE_DOMAIN));
		call->due(call->arg, domains);
		g_ptr_array_unref(domains);
	} else {
		call->due(call->arg, NULL);
	}
	g_free(call);
}

bool
mta_sts_store_take_due(struct db_worker *worker, mta_sts_due_done *done, void *arg)
{
	struct parameters parameters;
	struct store_call *call;

	if (!pipeline_is_ready(worker->lookup))
		return false;
	call = g_new0(struct store_call, 1);
	call->due = done;
	call->arg = arg;
	parameters_init(&parameters);
	parameters_add_number(&parameters, MTA_STS_REFRESH_ROWS);
	pipeline_begin(worker->lookup);
	pipeline_execute(worker->lookup, &mta_sts_store_statements[STORE_CLEAN], &parameters);
	parameters_add_number(&parameters, MTA_STS_REFRESH_AGAIN_SECONDS);
	parameters_add_number(&parameters, MTA_STS_USED_DAYS);
	pipeline_execute(worker->lookup, &mta_sts_store_statements[STORE_TAKE_DUE], &parameters);
	pipeline_commit(worker->lookup, store_on_due, call);
	parameters_clear(&parameters);
	return true;
}
