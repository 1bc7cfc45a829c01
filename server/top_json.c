/* `bracemail top --json`. */
#include "server/top_print.h"

#include "server/command_json.h"

static void
json_add_rates(JsonObject *object, const struct top_rates *rates)
{
	JsonObject *seconds = json_object_new();

	json_object_set_double_member(object, "interval_seconds", rates->interval);
	for (int i = 0; i < TOP_RATES; i++) {
		const struct top_rate_name *name = top_rate_name(i);

		if (!json_object_has_member(object, name->kind))
			json_object_set_object_member(object, name->kind, json_object_new());
		json_object_set_double_member(
		    json_object_get_object_member(object, name->kind), name->name, rates->rates[i]);
	}
	for (int i = 0; i < TOP_MEANS; i++)
		if (rates->seconds[i] < 0)
			json_object_set_null_member(seconds, top_mean_name(i));
		else
			json_object_set_double_member(seconds, top_mean_name(i), rates->seconds[i]);
	json_object_set_object_member(object, "mean_seconds", seconds);
}

static JsonObject *
json_queue(const struct top_database *database)
{
	JsonObject *object = json_object_new(), *ages = json_object_new();

	json_object_set_int_member(object, "waiting", database->total.count.waiting);
	json_object_set_int_member(object, "trying", database->total.count.trying);
	json_object_set_int_member(object, "held", database->total.count.held);
	json_object_set_int_member(object, "destinations", database->total.destinations);
	for (int i = 0; i < TOP_AGES; i++)
		json_object_set_int_member(ages, top_age_name(i), database->ages[i]);
	json_object_set_object_member(object, "younger_than", ages);
	return object;
}

static JsonObject *
json_destination(const struct top_destination *destination)
{
	JsonObject *object = json_object_new();

	command_json_add_text(object, "destination", destination->name);
	json_object_set_int_member(object, "waiting", destination->count.waiting);
	json_object_set_int_member(object, "trying", destination->count.trying);
	json_object_set_int_member(object, "held", destination->count.held);
	command_json_add_time(object, "oldest_at", destination->oldest_at);
	command_json_add_time(object, "next_attempt_at", destination->next_attempt_at);
	command_json_add_text(object, "trouble", destination->trouble);
	return object;
}

static JsonObject *
json_error(const struct top_error *error)
{
	JsonObject *object = json_object_new();

	command_json_add_time(object, "at", error->at);
	command_json_add_text(object, "account", error->account);
	command_json_add_text(object, "recipient", error->recipient);
	command_json_add_text(object, "result", error->result);
	command_json_add_text(object, "reason", error->reason);
	return object;
}

static JsonObject *
json_activity(const struct server_activity *activity)
{
	JsonObject *object = json_object_new();

	json_object_set_int_member(object, "connections", activity->connections);
	json_object_set_int_member(object, "connections_max", activity->connections_max);
	json_object_set_int_member(object, "active", activity->active);
	json_object_set_int_member(object, "waiting_for_lock", activity->waiting);
	json_object_set_int_member(object, "idle_in_transaction", activity->in_transaction);
	json_object_set_double_member(
	    object, "oldest_transaction_seconds", (double)activity->oldest / 1e6);
	return object;
}

static void
json_add_database(JsonObject *object, const struct top_database *database)
{
	JsonArray *destinations = json_array_new(), *errors = json_array_new();

	for (guint i = 0; i < database->destinations->len; i++)
		json_array_add_object_element(
		    destinations, json_destination(database->destinations->pdata[i]));
	for (guint i = 0; i < database->errors->len; i++)
		json_array_add_object_element(errors, json_error(database->errors->pdata[i]));
	json_object_set_object_member(object, "database", json_activity(&database->activity));
	json_object_set_object_member(object, "queue", json_queue(database));
	json_object_set_array_member(object, "destinations", destinations);
	json_object_set_array_member(object, "errors", errors);
}

static void
json_add_problem(JsonObject *object, const char *name, const struct error *problem)
{
	command_json_add_text(object, name, problem->text[0] != '\0' ? problem->text : NULL);
}

void
top_print_json(const struct top_state *state)
{
	JsonObject *object = json_object_new(), *connections = json_object_new();

	command_json_add_time(object, "at", state->now);
	command_json_add_text(object, "hostname", state->config->hostname);
	json_object_set_int_member(connections, "smtp", state->connections.smtp);
	json_object_set_int_member(connections, "api", state->connections.api);
	json_object_set_object_member(object, "connections", connections);
	json_add_problem(object, "counters_problem", &state->counters_problem);
	json_add_problem(object, "database_problem", &state->database.problem);
	if (state->rates.known)
		json_add_rates(object, &state->rates);
	if (state->database.known)
		json_add_database(object, &state->database);
	command_json_print_document(object);
}
