/*
 * A database of its own for one test program, made in the cluster that BRACEMAIL_TEST_DATABASE (a conninfo of a
 * superuser) names, and workers on an event loop. Without that variable the tests skip.
 */
#ifndef TESTS_UNIT_DB_FIXTURE_H
#define TESTS_UNIT_DB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>
#include <glib.h>
#include <libpq-fe.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/message_store.h"
#include "db/migrate.h"
#include "db/queue.h"
#include "db/restored.h"
#include "db/worker.h"

enum { FIXTURE_DEADLINE_SECONDS = 20 };

struct fixture {
	char *conninfo;
	char *database;
	PGconn *cluster; /* to the database that the variable names */
	PGconn *data;    /* to the test's own */
	struct event_base *base;
	struct db_worker *worker;
	unsigned ups, downs, wakes, unsubscribed;
	char *unsubscriber; /* the last one: "account address" */
};

static inline PGresult *
fixture_query(PGconn *connection, const char *sql)
{
	PGresult *result = PQexec(connection, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(connection));
	return result;
}

static inline void
fixture_execute(PGconn *connection, const char *sql)
{
	PQclear(fixture_query(connection, sql));
}

/* The first column of the first row; g_free. */
static inline char *
fixture_text(struct fixture *fixture, const char *sql)
{
	PGresult *result = fixture_query(fixture->data, sql);
	char *text = g_strdup(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");

	PQclear(result);
	return text;
}

static inline int64_t
fixture_number(struct fixture *fixture, const char *sql)
{
	g_autofree char *text = fixture_text(fixture, sql);

	return g_ascii_strtoll(text, NULL, 10);
}

static inline void
fixture_on_up(void *arg)
{
	((struct fixture *)arg)->ups++;
}

static inline void
fixture_on_down(void *arg)
{
	((struct fixture *)arg)->downs++;
}

static inline void
fixture_on_wake(void *arg)
{
	((struct fixture *)arg)->wakes++;
}

static inline void
fixture_on_unsubscribed(void *arg, int64_t account_id, const char *address)
{
	struct fixture *fixture = arg;

	g_free(fixture->unsubscriber);
	fixture->unsubscriber = g_strdup_printf("%lld %s", (long long)account_id, address);
	fixture->unsubscribed++;
}

static inline void
fixture_on_campaign_deleted(void *arg, int64_t account_id, int32_t campaign_id)
{
	(void)arg;
	(void)account_id;
	(void)campaign_id;
}

static const struct restored_ledger fixture_no_ledger = {.directory = NULL};

static const struct db_worker_events fixture_events = {fixture_on_up, fixture_on_down,
    fixture_on_wake, fixture_on_wake, fixture_on_unsubscribed, fixture_on_campaign_deleted};

/* Runs the loop until *counter reaches `least`; fails after the deadline. */
static inline void
fixture_run_until(struct fixture *fixture, const unsigned *counter, unsigned least)
{
	int64_t deadline = clock_now() + FIXTURE_DEADLINE_SECONDS * CLOCK_SECOND;
	const struct timeval tick = {0, 20000};

	while (*counter < least) {
		event_base_loopexit(fixture->base, &tick);
		event_base_dispatch(fixture->base);
		if (clock_now() > deadline)
			fail_msg("deadline: %u of %u", *counter, least);
	}
}

/* Runs the loop until the query's number is `wanted`. Returns microseconds waited. */
static inline int64_t
fixture_run_until_number(struct fixture *fixture, const char *sql, int64_t wanted)
{
	int64_t start = clock_now();
	const struct timeval tick = {0, 20000};

	while (fixture_number(fixture, sql) != wanted) {
		event_base_loopexit(fixture->base, &tick);
		event_base_dispatch(fixture->base);
		if (clock_now() - start > FIXTURE_DEADLINE_SECONDS * CLOCK_SECOND)
			fail_msg("deadline: %s", sql);
	}
	return clock_now() - start;
}

static inline void
fixture_kill_connections(struct fixture *fixture)
{
	fixture_execute(fixture->data,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	    "WHERE application_name = 'bracemail-relay' "
	    "AND datname = current_database()");
}

static inline void
fixture_migrate(const char *conninfo)
{
	struct db_connection *connection = db_connection_create(conninfo);
	struct error error;

	if (!db_migrate(connection, NULL, &error))
		fail_msg("%s", error.text);
	db_connection_destroy(connection);
}

/* Accounts 1 (alpha) and 2 (beta), each with its default group. */
static inline int
fixture_setup(void **state)
{
	const char *cluster = getenv("BRACEMAIL_TEST_DATABASE");
	struct fixture *fixture;
	g_autofree char *create = NULL;

	if (cluster == NULL) {
		*state = NULL;
		return 0;
	}
	log_open("test", getenv("BRACEMAIL_TEST_LOG") != NULL ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	*state = fixture = g_new0(struct fixture, 1);
	fixture->cluster = PQconnectdb(cluster);
	fixture->database = g_strdup_printf("bracemail_test_%d", (int)getpid());
	create = g_strdup_printf(
	    "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'", fixture->database);
	fixture_execute(fixture->cluster, create);
	fixture->conninfo = g_strdup_printf("%s dbname=%s", cluster, fixture->database);
	fixture_migrate(fixture->conninfo);
	fixture->data = PQconnectdb(fixture->conninfo);
	fixture_execute(fixture->data, "SET client_min_messages = warning");
	fixture_execute(fixture->data,
	    "INSERT INTO account (account_id, name, password_hash) VALUES (1, 'alpha', 'a'), (2, 'beta', 'b')");
	fixture_execute(fixture->data,
	    "INSERT INTO transactional_group (account_id, group_id, name, is_default) "
	    "VALUES (1, 1000001, 'Default Transactional Group', true), "
	    "(2, 1000002, 'Default Transactional Group', true)");
	fixture->base = event_base_new();
	return 0;
}

/* The same in a database that has Citus's catalog, or seems to: workers speak to it as they would to Citus. */
static inline int
fixture_setup_distributed(void **state)
{
	struct fixture *fixture;

	fixture_setup(state);
	fixture = *state;
	if (fixture != NULL)
		fixture_execute(fixture->data, "CREATE TABLE pg_dist_partition ()");
	return 0;
}

static inline int
fixture_teardown(void **state)
{
	struct fixture *fixture = *state;
	g_autofree char *drop = NULL;

	if (fixture == NULL)
		return 0;
	PQfinish(fixture->data);
	event_base_free(fixture->base);
	drop = g_strdup_printf("DROP DATABASE %s WITH (FORCE)", fixture->database);
	fixture_execute(fixture->cluster, drop);
	PQfinish(fixture->cluster);
	g_free(fixture->conninfo);
	g_free(fixture->unsubscriber);
	g_free(fixture->database);
	g_free(fixture);
	return 0;
}

/* Before each test: an empty store, and a worker that is up. */
static inline int
fixture_begin(void **state)
{
	struct fixture *fixture = *state;

	if (fixture == NULL)
		return 0;
	fixture_execute(fixture->data, "TRUNCATE message, queue, smtp_log, worker, campaign");
	fixture_execute(fixture->data, "DELETE FROM transactional_group WHERE NOT is_default");
	fixture->ups = fixture->downs = fixture->wakes = 0;
	fixture->worker = db_worker_create(
	    fixture->base, fixture->conninfo, "test", &fixture_no_ledger, &fixture_events, fixture);
	fixture_run_until(fixture, &fixture->ups, 1);
	return 0;
}

static inline int
fixture_end(void **state)
{
	struct fixture *fixture = *state;

	if (fixture == NULL)
		return 0;
	db_worker_destroy(fixture->worker);
	fixture->worker = NULL;
	return 0;
}

/* The fixture of this test; skips it when there is no database. */
static inline struct fixture *
fixture_get(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}

/* A message of account 1 to recipients[] (NULL-terminated), with a body of `size` bytes. */
static inline struct message *
fixture_message(const char *group, const char *const *recipients, size_t size)
{
	struct message *message = message_create();

	message->account_id = 1;
	message->received_at = clock_now();
	message->group_name = g_strdup(group);
	message->client = g_strdup("192.0.2.1");
	message->mail_from = g_strdup("from@example.test");
	message->subject = g_strdup("A subject");
	g_string_assign(message->head, "Subject: A subject\r\nFrom: from@example.test\r\n");
	g_string_assign(message->body, "\r\n");
	g_string_set_size(message->body, size + 2);
	memset(message->body->str + 2, 'x', size);
	for (; *recipients != NULL; recipients++)
		message_add_recipient(message, *recipients);
	return message;
}

/* What message_store_put() answered. */
struct fixture_stored {
	unsigned answers, ok, unavailable, refused, mine;
};

static inline void
fixture_on_stored(
    void *arg, struct message *message, enum db_outcome outcome, enum message_claim claimed)
{
	struct fixture_stored *stored = arg;

	(void)message;
	stored->answers++;
	stored->ok += outcome == DB_OK;
	stored->unavailable += outcome == DB_UNAVAILABLE;
	stored->refused += outcome == DB_REFUSED;
	stored->mine += outcome == DB_OK && claimed == MESSAGE_CLAIM_MINE;
}

static inline void
fixture_put(struct fixture *fixture, struct message *message, enum message_claim claim,
    struct fixture_stored *stored)
{
	message_store_put(fixture->worker, message, claim, fixture_on_stored, stored);
}

#endif
