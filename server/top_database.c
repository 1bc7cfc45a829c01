#include "server/top_database.h"

#include <string.h>

#include "base/clock.h"
#include "db/delivery_trouble.h"
#include "db/queue_statistics.h"

#include "server/queue_reason.h"

static const char *const age_names[TOP_AGES] = {"1m", "5m", "1h", "6h", "1d", "more"};

const char *
top_age_name(int age)
{
	return age_names[age];
}

static void
destination_free(void *arg)
{
	struct top_destination *destination = arg;

	g_free(destination->name);
	g_free(destination->trouble);
	g_free(destination);
}

static void
error_free(void *arg)
{
	struct top_error *error = arg;

	g_free(error->account);
	g_free(error->recipient);
	g_free(error->result);
	g_free(error->reason);
	g_free(error);
}

void
top_database_init(struct top_database *database)
{
	memset(database, 0, sizeof(*database));
	database->destinations = g_ptr_array_new_with_free_func(destination_free);
	database->errors = g_ptr_array_new_with_free_func(error_free);
}

void
top_database_clear(struct top_database *database)
{
	g_ptr_array_unref(database->destinations);
	g_ptr_array_unref(database->errors);
}

static void
take_destination(void *arg, const struct queue_destination *told)
{
	struct top_database *database = arg;
	struct top_destination *destination = g_new0(struct top_destination, 1);

	destination->name = g_strdup(told->name);
	destination->count = told->count;
	destination->oldest_at = told->oldest_at;
	destination->next_attempt_at = told->next_attempt_at;
	destination->tried_account_id = told->tried_account_id;
	destination->tried_delivery_id = told->tried_delivery_id;
	g_ptr_array_add(database->destinations, destination);
}

static void
take_trouble(void *arg, const struct delivery_trouble *trouble)
{
	struct top_destination *destination = arg;

	destination->trouble = queue_reason(trouble->result, trouble->transcript);
}

static void
take_error(void *arg, const struct delivery_trouble *trouble)
{
	struct top_database *database = arg;
	struct top_error *error = g_new0(struct top_error, 1);

	error->at = trouble->at;
	error->account = g_strdup(trouble->account);
	error->recipient = g_strdup(trouble->recipient);
	error->result = g_strdup(trouble->result);
	error->reason = queue_reason(trouble->result, trouble->transcript);
	g_ptr_array_add(database->errors, error);
}

static void
take_statistic(void *arg, enum queue_statistics_kind kind, const char *name, int64_t deliveries)
{
	struct top_database *database = arg;

	for (int i = 0; i < TOP_AGES && kind == QUEUE_BY_AGE; i++)
		if (strcmp(name, age_names[i]) == 0)
			database->ages[i] = deliveries;
}

static bool
database_read(struct top_database *database, struct db_connection *connection, struct error *error)
{
	const struct queue_filter filter = {.limit = TOP_DESTINATIONS};

	if (queue_summary(connection, &filter, take_destination, database, &database->total,
		error) != DB_STATUS_OK ||
	    queue_statistics_read(connection, take_statistic, database, error) != DB_STATUS_OK ||
	    server_activity_read(connection, &database->activity, error) != DB_STATUS_OK ||
	    delivery_trouble_newest(connection, clock_now() - CLOCK_DAY, TOP_ERRORS, take_error,
		database, error) != DB_STATUS_OK)
		return false;
	for (guint i = 0; i < database->destinations->len; i++) {
		struct top_destination *destination = database->destinations->pdata[i];

		if (destination->tried_delivery_id != 0 &&
		    delivery_trouble_last(connection, destination->tried_account_id,
			destination->tried_delivery_id, take_trouble, destination,
			error) != DB_STATUS_OK)
			return false;
	}
	return true;
}

void
top_database_refresh(struct top_database *database, struct db_connection *connection)
{
	int64_t began = g_get_monotonic_time();
	struct top_database read;
	struct error error;

	if (began < database->due_at)
		return;
	top_database_init(&read);
	if (database_read(&read, connection, &error)) {
		top_database_clear(database);
		*database = read;
		database->known = true;
	} else {
		top_database_clear(&read);
		database->problem = error;
	}
	database->due_at = g_get_monotonic_time() +
	    MAX(TOP_DATABASE_MICROSECONDS, (g_get_monotonic_time() - began) * TOP_DATABASE_REST);
}
