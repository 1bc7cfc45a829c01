#include "db/commit_wait.h"

#include <glib.h>

#include "db/connection.h"

/* When it was seen first, of all looks that followed each other. */
struct commit_wait {
	int64_t since;
	int64_t standby_since; /* for a standby; 0: for a lock just now */
	const char *pid;       /* of the look's result */
};

struct commit_waits {
	int64_t timeout;
	int64_t unconfirmed_until; /* so long commits are known not to be confirmed */
	GHashTable *seen;          /* the wait as the server names it -> struct commit_wait */
};

/* A session waits once from one change of its state to the next. Advisory locks are for as long as their holders live. */
static const char waits_sql[] =
    "SELECT pid, concat(pid, ' ', backend_start, ' ', state_change), wait_event = 'SyncRep' "
    "FROM pg_stat_activity WHERE usename = current_user AND datname = current_database() "
    "AND (wait_event = 'SyncRep' OR wait_event_type = 'Lock' AND wait_event <> 'advisory')";

static GHashTable *
seen_create(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

struct commit_waits *
commit_waits_create(int64_t timeout)
{
	struct commit_waits *waits = g_new0(struct commit_waits, 1);

	waits->timeout = timeout;
	waits->seen = seen_create();
	return waits;
}

void
commit_waits_destroy(struct commit_waits *waits)
{
	g_hash_table_unref(waits->seen);
	g_free(waits);
}

/* What this look sees, with what earlier ones saw of it. */
static void
waits_read(struct commit_waits *waits, const PGresult *result, int64_t now)
{
	GHashTable *before = waits->seen;

	waits->seen = seen_create();
	for (int row = 0; row < PQntuples(result); row++) {
		const char *name = PQgetvalue(result, row, 1);
		const struct commit_wait *earlier = g_hash_table_lookup(before, name);
		struct commit_wait *wait = g_new0(struct commit_wait, 1);

		wait->since = earlier != NULL ? earlier->since : now;
		wait->pid = PQgetvalue(result, row, 0);
		if (*PQgetvalue(result, row, 2) == 't')
			wait->standby_since = earlier != NULL && earlier->standby_since != 0
			    ? earlier->standby_since
			    : now;
		if (wait->standby_since != 0 && now - wait->standby_since >= waits->timeout)
			waits->unconfirmed_until = now + waits->timeout;
		g_hash_table_insert(waits->seen, g_strdup(name), wait);
	}
	g_hash_table_unref(before);
}

bool
commit_waits_look(struct commit_waits *waits, struct db_connection *connection, int64_t now,
    int *taken_back, struct error *error)
{
	struct commit_wait *wait;
	GHashTableIter iterator;
	PGresult *result;
	bool done = true;

	*taken_back = 0;
	if (db_query(connection, waits_sql, 0, NULL, &result, error) != DB_STATUS_OK)
		return false;
	waits_read(waits, result, now);
	g_hash_table_iter_init(&iterator, waits->seen);
	while (now < waits->unconfirmed_until &&
	    g_hash_table_iter_next(&iterator, NULL, (gpointer *)&wait)) {
		if (now - wait->since < waits->timeout)
			continue;
		done = db_query(connection, "SELECT pg_cancel_backend($1)", 1, &wait->pid, NULL,
			   error) == DB_STATUS_OK &&
		    done;
		*taken_back += 1;
	}
	PQclear(result);
	return done;
}
