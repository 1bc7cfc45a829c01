#include "db/standby.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include <glib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "db/standby_position.h"

enum {
	CHANGED_ACCOUNTS_MAX =
	    100000, /* that are remembered; beyond them all are forgotten, and asked of the primary */
	FIRST_WAIT_MILLISECONDS = 2, /* twice as long each time */
	HOPELESS_SECONDS = 1,
	BEHIND_LOG_SECONDS = 60
};

struct db_standby {
	char *conninfo;
	int64_t staleness;     /* microseconds */
	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t turned;
	bool is_up, ends;
	GQueue idle;           /* connections that nobody reads from */
	GHashTable *changed;   /* account_id -> when, by the monotonic clock */
	int64_t changed_since; /* what changed before is not remembered */
	int64_t behind_logged_at;
	int64_t hopeless_until; /* nobody waits for it before, by the monotonic clock */
	pthread_t watcher;
};

static void
standby_lost(struct db_standby *standby, const char *reason)
{
	struct db_connection *connection;
	bool was_up;

	pthread_mutex_lock(&standby->mutex);
	was_up = standby->is_up;
	standby->is_up = false;
	while ((connection = g_queue_pop_head(&standby->idle)) != NULL)
		db_connection_destroy(connection);
	pthread_cond_signal(&standby->turned);
	pthread_mutex_unlock(&standby->mutex);
	if (was_up)
		log_warning("reports-standby-away", "reason=\"%s\"", reason);
}

/* Tries it; the connection stays for the first who reads. reason: of the try before, which is not told again. */
static bool
standby_try(struct db_standby *standby, char *reason, size_t size)
{
	struct db_connection *connection = db_connection_create(standby->conninfo);
	struct standby_position position;
	struct error error;

	if (standby_position_read(connection, &position, &error) == DB_STATUS_OK) {
		log_info("reports-standby-up", "staleness_seconds=%" G_GINT64_FORMAT,
		    standby->staleness / CLOCK_SECOND);
		pthread_mutex_lock(&standby->mutex);
		standby->is_up = true;
		g_queue_push_tail(&standby->idle, connection);
		pthread_mutex_unlock(&standby->mutex);
		*reason = '\0';
		return true;
	}
	db_connection_destroy(connection);
	if (strcmp(reason, error.text) != 0)
		log_warning("reports-standby-away", "reason=\"%s\"", error.text);
	g_strlcpy(reason, error.text, size);
	return false;
}

/* The mutex is held. False: the end has come. */
static bool
watcher_wait(struct db_standby *standby, bool failed)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += DB_STANDBY_RETRY_SECONDS;
	while (!standby->ends && (standby->is_up || failed)) {
		int waited = failed
		    ? pthread_cond_timedwait(&standby->turned, &standby->mutex, &until)
		    : pthread_cond_wait(&standby->turned, &standby->mutex);

		failed = failed && waited == 0;
	}
	return !standby->ends;
}

static void *
watcher_run(void *arg)
{
	struct db_standby *standby = arg;
	char reason[sizeof(((struct error *)NULL)->text)] = "";
	bool goes_on = true, failed = false;

	while (goes_on) {
		failed = !standby_try(standby, reason, sizeof(reason));
		pthread_mutex_lock(&standby->mutex);
		goes_on = watcher_wait(standby, failed);
		pthread_mutex_unlock(&standby->mutex);
	}
	return NULL;
}

static void
standby_free(struct db_standby *standby)
{
	struct db_connection *connection;

	while ((connection = g_queue_pop_head(&standby->idle)) != NULL)
		db_connection_destroy(connection);
	g_hash_table_unref(standby->changed);
	pthread_cond_destroy(&standby->turned);
	pthread_mutex_destroy(&standby->mutex);
	g_free(standby->conninfo);
	g_free(standby);
}

struct db_standby *
db_standby_create(const char *conninfo, unsigned staleness_seconds, struct error *error)
{
	struct db_standby *standby;
	pthread_condattr_t monotonic;
	char *patient = standby_conninfo(conninfo, error);

	if (patient == NULL)
		return NULL;
	standby = g_new0(struct db_standby, 1);
	standby->conninfo = patient;
	standby->staleness = staleness_seconds * CLOCK_SECOND;
	pthread_mutex_init(&standby->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&standby->turned, &monotonic);
	pthread_condattr_destroy(&monotonic);
	g_queue_init(&standby->idle);
	standby->changed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	standby->changed_since = g_get_monotonic_time();
	if (thread_start(&standby->watcher, watcher_run, standby, error))
		return standby;
	standby_free(standby);
	return NULL;
}

void
db_standby_destroy(struct db_standby *standby)
{
	if (standby == NULL)
		return;
	pthread_mutex_lock(&standby->mutex);
	standby->ends = true;
	pthread_cond_signal(&standby->turned);
	pthread_mutex_unlock(&standby->mutex);
	pthread_join(standby->watcher, NULL);
	standby_free(standby);
}

void
db_standby_changed(struct db_standby *standby, int64_t account_id)
{
	int64_t now = g_get_monotonic_time();

	if (standby->staleness == 0)
		return;
	pthread_mutex_lock(&standby->mutex);
	if (g_hash_table_size(standby->changed) >= CHANGED_ACCOUNTS_MAX) {
		g_hash_table_remove_all(standby->changed);
		standby->changed_since = now;
	}
	g_hash_table_replace(standby->changed, g_memdup2(&account_id, sizeof(account_id)),
	    g_memdup2(&now, sizeof(now)));
	pthread_mutex_unlock(&standby->mutex);
}

/* The mutex is held. */
static bool
account_changed_lately(struct db_standby *standby, int64_t account_id)
{
	int64_t past = g_get_monotonic_time() - standby->staleness;
	const int64_t *when = g_hash_table_lookup(standby->changed, &account_id);

	if (when != NULL && *when >= past)
		return true;
	if (when != NULL)
		g_hash_table_remove(standby->changed, &account_id);
	return standby->changed_since >= past;
}

/* What the standby must have: the staleness that is allowed, and a connection. NULL: it is away. */
static struct db_connection *
standby_reader(
    struct db_standby *standby, int64_t account_id, enum db_standby_want want, int64_t *staleness)
{
	struct db_connection *reader = NULL;

	*staleness = 0;
	pthread_mutex_lock(&standby->mutex);
	if (standby->is_up) {
		reader = g_queue_pop_head(&standby->idle);
		if (reader == NULL)
			reader = db_connection_create(standby->conninfo);
		if (want == DB_STANDBY_RECENT && !account_changed_lately(standby, account_id))
			*staleness = standby->staleness;
	}
	pthread_mutex_unlock(&standby->mutex);
	return reader;
}

static bool
standby_is_worth_waiting(struct db_standby *standby)
{
	bool is_worth;

	pthread_mutex_lock(&standby->mutex);
	is_worth = g_get_monotonic_time() >= standby->hopeless_until;
	pthread_mutex_unlock(&standby->mutex);
	return is_worth;
}

static void
standby_is_behind(struct db_standby *standby, const struct standby_position *primary,
    const struct standby_position *position)
{
	int64_t now = g_get_monotonic_time();
	bool told;

	pthread_mutex_lock(&standby->mutex);
	standby->hopeless_until = now + HOPELESS_SECONDS * CLOCK_SECOND;
	told = standby->behind_logged_at != 0 &&
	    now - standby->behind_logged_at < BEHIND_LOG_SECONDS * CLOCK_SECOND;
	if (!told)
		standby->behind_logged_at = now;
	pthread_mutex_unlock(&standby->mutex);
	if (told)
		return;
	if (standby_position_is_of(position, primary))
		log_warning("reports-standby-behind", "bytes=%" G_GINT64_FORMAT,
		    primary->lsn - position->lsn);
	else
		log_warning("reports-standby-behind",
		    "reason=\"it follows another primary, or an older timeline\"");
}

/* Waits for it a little, unless it was waited for in vain lately. */
static enum db_status
standby_reach(struct db_standby *standby, struct db_connection *reader,
    const struct standby_position *primary, int64_t staleness, bool *reached, struct error *error)
{
	struct standby_position position;
	enum db_status status = standby_position_read(reader, &position, error);

	*reached =
	    status == DB_STATUS_OK && standby_position_suffices(&position, primary, staleness);
	if (status != DB_STATUS_OK || *reached || !standby_is_worth_waiting(standby))
		return status;
	for (unsigned wait = FIRST_WAIT_MILLISECONDS; standby_position_is_of(&position, primary) &&
	     !*reached && wait < DB_STANDBY_WAIT_MILLISECONDS;
	     wait *= 2) {
		g_usleep(wait * 1000UL);
		status = standby_position_read(reader, &position, error);
		if (status != DB_STATUS_OK)
			return status;
		*reached = standby_position_suffices(&position, primary, staleness);
	}
	if (!*reached)
		standby_is_behind(standby, primary, &position);
	return DB_STATUS_OK;
}

struct db_connection *
db_standby_take(struct db_standby *standby, struct db_connection *primary, int64_t account_id,
    enum db_standby_want want)
{
	int64_t staleness;
	struct db_connection *reader = standby_reader(standby, account_id, want, &staleness);
	struct standby_position wanted;
	struct error error;
	bool reached;

	if (reader == NULL)
		return NULL;
	if (standby_position_of_primary(primary, &wanted, &error) != DB_STATUS_OK) {
		db_standby_give(standby, reader);
		return NULL;
	}
	if (standby_reach(standby, reader, &wanted, staleness, &reached, &error) != DB_STATUS_OK) {
		db_connection_destroy(reader);
		standby_lost(standby, error.text);
		return NULL;
	}
	if (reached)
		return reader;
	db_standby_give(standby, reader);
	return NULL;
}

void
db_standby_give(struct db_standby *standby, struct db_connection *reader)
{
	bool is_up;

	pthread_mutex_lock(&standby->mutex);
	is_up = standby->is_up;
	if (is_up)
		g_queue_push_head(&standby->idle, reader);
	pthread_mutex_unlock(&standby->mutex);
	if (!is_up)
		db_connection_destroy(reader);
}
