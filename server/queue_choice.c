#include "server/queue_choice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "server/command_database.h"
static bool
choice_number(const char *text, int64_t max, int64_t *number)
{
	return g_ascii_string_to_signed(text, 10, 1, max, number, NULL);
}

static int
id_compare(const void *left, const void *right)
{
	int64_t one = *(const int64_t *)left, other = *(const int64_t *)right;

	return (one > other) - (one < other);
}

static size_t
ids_unique(int64_t *ids, size_t count)
{
	size_t kept = 0;

	qsort(ids, count, sizeof(*ids), id_compare);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || ids[i] != ids[kept - 1])
			ids[kept++] = ids[i];
	return kept;
}

/* Behind the action. */
static bool
choice_read_ids(struct queue_choice *choice, const struct command_options *options)
{
	size_t count = (size_t)MAX(options->operand_count - 1, 0);

	choice->delivery_ids = g_new(int64_t, count + 1);
	for (size_t i = 0; i < count; i++)
		if (!choice_number(options->operands[i + 1], INT64_MAX, &choice->delivery_ids[i])) {
			command_usage_error(&command_queue,
			    "\"%s\" is no delivery ID; bracemail queue list shows them",
			    options->operands[i + 1]);
			return false;
		}
	choice->filter.delivery_ids = choice->delivery_ids;
	choice->filter.delivery_count = ids_unique(choice->delivery_ids, count);
	return true;
}

bool
queue_choice_read(struct queue_choice *choice, const struct command_options *options, int64_t limit,
    int64_t limit_max)
{
	struct queue_filter *filter = &choice->filter;
	int64_t campaign = 0;

	memset(choice, 0, sizeof(*choice));
	filter->group = options->group;
	filter->destination = options->destination;
	filter->address = options->address;
	filter->limit = limit;
	if (options->limit != NULL && !choice_number(options->limit, limit_max, &filter->limit)) {
		command_usage_error(&command_queue,
		    "--limit takes a number from 1 to %" PRId64 ", not \"%s\"", limit_max,
		    options->limit);
		return false;
	}
	if (options->campaign != NULL && !choice_number(options->campaign, INT32_MAX, &campaign)) {
		command_usage_error(&command_queue,
		    "--campaign takes its number (JobID), not \"%s\"", options->campaign);
		return false;
	}
	filter->campaign_id = (int32_t)campaign;
	return choice_read_ids(choice, options);
}

bool
queue_choice_is_made(const struct command_options *options)
{
	return options->account != NULL || options->group != NULL || options->destination != NULL ||
	    options->address != NULL || options->campaign != NULL || options->operand_count > 1;
}

void
queue_choice_clear(struct queue_choice *choice)
{
	g_free(choice->delivery_ids);
}

static bool
choice_find_group(const struct queue_filter *filter, const char *whose,
    struct db_connection *connection, struct error *error)
{
	bool found = true;

	if (filter->group != NULL &&
	    queue_filter_find_group(connection, filter, &found, error) != DB_STATUS_OK)
		return false;
	return found ||
	    error_set(error,
		"%s no transactional group \"%s\"; bracemail queue list --json shows the group of what waits",
		whose, filter->group);
}

static bool
choice_find_campaign(const struct queue_filter *filter, const char *whose,
    struct db_connection *connection, struct error *error)
{
	bool found = true;

	if (filter->campaign_id != 0 &&
	    queue_filter_find_campaign(connection, filter, &found, error) != DB_STATUS_OK)
		return false;
	return found ||
	    error_set(error,
		"%s no campaign %" PRId32
		"; bracemail queue list --json shows the campaign of what waits",
		whose, filter->campaign_id);
}

bool
queue_choice_find(struct queue_choice *choice, const struct command_options *options,
    struct db_connection *connection, struct error *error)
{
	const char *whose = options->account != NULL ? "that account has" : "there is";

	return (options->account == NULL ||
		   command_database_find_account(
		       connection, options->account, &choice->filter.account_id, error)) &&
	    choice_find_group(&choice->filter, whose, connection, error) &&
	    choice_find_campaign(&choice->filter, whose, connection, error);
}
