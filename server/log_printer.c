#include "server/log_printer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "base/clock.h"
#include "base/printable.h"

static void
printer_write(const GString *text)
{
	fwrite(text->str, 1, text->len, stdout);
}

void
log_printer_begin(struct log_printer *printer, struct db_connection *connection, enum log_form form)
{
	*printer = (struct log_printer){.connection = connection, .form = form};
	if (form == LOG_FORM_JSON)
		fputc('[', stdout);
}

bool
log_printer_end(struct log_printer *printer, struct error *error)
{
	if (printer->form == LOG_FORM_JSON)
		fputs(printer->printed > 0 ? "\n]\n" : "]\n", stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	return error_set(error, "standard output: %s", strerror(errno));
}

static void
heading_append(GString *line, const char *name, const char *text)
{
	g_string_append_printf(line, " %s=\"", name);
	printable_append(line, text, PRINTABLE_LINE);
	g_string_append_c(line, '"');
}

static void
heading_append_time(GString *line, const char *name, int64_t when)
{
	char time[CLOCK_ISO_SIZE];

	g_string_append_printf(line, " %s=%s", name, clock_iso(when, time));
}

static void
text_print_heading(const struct delivery_history *history)
{
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_append_printf(line, "delivery=%" PRId64, history->key.delivery_id);
	if (history->key.message_id != 0)
		g_string_append_printf(line, " message=%" PRId64, history->key.message_id);
	g_string_append_printf(line, " state=%s attempts=%d", history->state, history->attempts);
	if (history->next_attempt_at != 0)
		heading_append_time(line, "next", history->next_attempt_at);
	else if (history->queue != NULL)
		g_string_append_printf(line, " next=%s", history->queue);
	heading_append_time(line, "taken", history->taken_at);
	heading_append(line, "account", history->account);
	if (history->campaign_id != 0)
		g_string_append_printf(line, " campaign=%" PRId32, history->campaign_id);
	if (history->group != NULL)
		heading_append(line, "group", history->group);
	if (history->sender != NULL)
		heading_append(line, "sender", history->sender);
	heading_append(line, "recipient", history->recipient);
	if (history->subject != NULL)
		heading_append(line, "subject", history->subject);
	if (history->note != NULL)
		heading_append(line, "note", history->note);
	g_string_append_c(line, '\n');
	printer_write(line);
}

static void
text_print_attempt(void *arg, const struct delivery_attempt *attempt)
{
	g_autoptr(GString) text = g_string_new(NULL);

	(void)arg;
	printable_append(text, attempt->transcript, PRINTABLE_LINES);
	if (text->len > 0 && text->str[text->len - 1] != '\n')
		g_string_append_c(text, '\n');
	printer_write(text);
}

/* A member whose value is NULL where there is none. */
static void
json_add_text(JsonBuilder *json, const char *name, const char *text)
{
	json_builder_set_member_name(json, name);
	if (text == NULL)
		json_builder_add_null_value(json);
	else
		json_builder_add_string_value(json, text);
}

/* 0: null. */
static void
json_add_number(JsonBuilder *json, const char *name, int64_t number)
{
	json_builder_set_member_name(json, name);
	if (number == 0)
		json_builder_add_null_value(json);
	else
		json_builder_add_int_value(json, number);
}

/* 0: null. */
static void
json_add_time(JsonBuilder *json, const char *name, int64_t when)
{
	char time[CLOCK_ISO_SIZE];

	json_add_text(json, name, when != 0 ? clock_iso(when, time) : NULL);
}

static void
json_add_attempt(void *arg, const struct delivery_attempt *attempt)
{
	g_autofree char *transcript = g_utf8_make_valid(attempt->transcript, -1);
	JsonBuilder *json = arg;

	json_builder_begin_object(json);
	json_add_number(json, "attempt", attempt->number);
	json_add_text(json, "status", attempt->status);
	json_add_time(json, "finished_at", attempt->finished_at);
	json_add_text(json, "transcript", transcript);
	json_builder_end_object(json);
}

static void
json_add_heading(JsonBuilder *json, const struct delivery_history *history)
{
	json_add_number(json, "delivery", history->key.delivery_id);
	json_add_number(json, "message", history->key.message_id);
	json_add_number(json, "campaign", history->campaign_id);
	json_add_text(json, "account", history->account);
	json_add_text(json, "group", history->group);
	json_add_text(json, "sender", history->sender);
	json_add_text(json, "recipient", history->recipient);
	json_add_text(json, "subject", history->subject);
	json_add_text(json, "note", history->note);
	json_add_time(json, "taken_at", history->taken_at);
	json_add_text(json, "state", history->state);
	json_add_text(json, "queue", history->queue);
	json_add_time(json, "next_attempt_at", history->next_attempt_at);
}

static void
json_print(const struct log_printer *printer, JsonBuilder *json)
{
	g_autoptr(JsonGenerator) generator = json_generator_new();
	JsonNode *root = json_builder_get_root(json);
	g_autofree char *document = NULL;
	g_autoptr(GString) text = g_string_new(printer->printed > 0 ? ",\n" : "\n");

	json_generator_set_root(generator, root);
	json_generator_set_pretty(generator, TRUE);
	document = json_generator_to_data(generator, NULL);
	json_node_unref(root);
	printable_append_json(text, document);
	printer_write(text);
}

static enum db_status
json_print_delivery(
    const struct log_printer *printer, const struct delivery_history *history, struct error *error)
{
	g_autoptr(JsonBuilder) json = json_builder_new();
	enum db_status status;

	json_builder_begin_object(json);
	json_add_heading(json, history);
	json_builder_set_member_name(json, "attempts");
	json_builder_begin_array(json);
	status =
	    delivery_history_attempts(printer->connection, history, json_add_attempt, json, error);
	json_builder_end_array(json);
	json_builder_end_object(json);
	if (status == DB_STATUS_OK)
		json_print(printer, json);
	return status;
}

static enum db_status
text_print_delivery(
    const struct log_printer *printer, const struct delivery_history *history, struct error *error)
{
	if (printer->printed > 0)
		fputc('\n', stdout);
	text_print_heading(history);
	return delivery_history_attempts(
	    printer->connection, history, text_print_attempt, NULL, error);
}

bool
log_printer_delivery(
    struct log_printer *printer, const struct delivery_history_key *key, struct error *error)
{
	struct delivery_history history;
	enum db_status status;
	bool found;

	status = delivery_history_read(printer->connection, key, &history, &found, error);
	if (!found)
		return status == DB_STATUS_OK;
	status = printer->form == LOG_FORM_JSON ? json_print_delivery(printer, &history, error)
						: text_print_delivery(printer, &history, error);
	delivery_history_clear(&history);
	printer->printed++;
	return status == DB_STATUS_OK;
}
