#include "server/log_printer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/printable.h"

#include "server/command_json.h"

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

void
log_printer_end(struct log_printer *printer)
{
	if (printer->form == LOG_FORM_JSON)
		fputs(printer->printed > 0 ? "\n]\n" : "]\n", stdout);
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

static void
text_print_report(void *arg, const struct delivery_report *report)
{
	g_autoptr(GString) line = g_string_new("report");
	char time[CLOCK_ISO_SIZE];

	(void)arg;
	g_string_append_printf(line, " %s %s", clock_iso(report->received_at, time), report->kind);
	if (report->reply != NULL)
		heading_append(line, "reply", report->reply);
	heading_append(line, "client", report->client);
	heading_append(line, "diagnostic", report->diagnostic);
	g_string_append_c(line, '\n');
	printer_write(line);
}

static void
json_add_attempt(void *arg, const struct delivery_attempt *attempt)
{
	g_autofree char *transcript = g_utf8_make_valid(attempt->transcript, -1);
	JsonObject *object = json_object_new();

	command_json_add_id(object, "attempt", attempt->number);
	command_json_add_text(object, "status", attempt->status);
	command_json_add_time(object, "finished_at", attempt->finished_at);
	command_json_add_text(object, "transcript", transcript);
	json_array_add_object_element(arg, object);
}

static void
json_add_report(void *arg, const struct delivery_report *report)
{
	JsonObject *object = json_object_new();

	command_json_add_text(object, "kind", report->kind);
	command_json_add_time(object, "received_at", report->received_at);
	command_json_add_text(object, "client", report->client);
	command_json_add_text(object, "reply", report->reply);
	command_json_add_text(object, "diagnostic", report->diagnostic);
	json_array_add_object_element(arg, object);
}

static void
json_add_heading(JsonObject *object, const struct delivery_history *history)
{
	command_json_add_id(object, "delivery", history->key.delivery_id);
	command_json_add_id(object, "message", history->key.message_id);
	command_json_add_id(object, "campaign", history->campaign_id);
	command_json_add_text(object, "account", history->account);
	command_json_add_text(object, "group", history->group);
	command_json_add_text(object, "sender", history->sender);
	command_json_add_text(object, "recipient", history->recipient);
	command_json_add_text(object, "subject", history->subject);
	command_json_add_text(object, "note", history->note);
	command_json_add_time(object, "taken_at", history->taken_at);
	command_json_add_text(object, "state", history->state);
	command_json_add_text(object, "queue", history->queue);
	command_json_add_time(object, "next_attempt_at", history->next_attempt_at);
}

static enum db_status
json_print_delivery(
    const struct log_printer *printer, const struct delivery_history *history, struct error *error)
{
	JsonObject *object = json_object_new();
	JsonArray *attempts = json_array_new(), *reports = json_array_new();
	enum db_status status;

	json_add_heading(object, history);
	json_object_set_array_member(object, "attempts", attempts);
	json_object_set_array_member(object, "reports", reports);
	status = delivery_history_attempts(
	    printer->connection, history, json_add_attempt, attempts, error);
	if (status == DB_STATUS_OK)
		status = delivery_history_reports(
		    printer->connection, &history->key, json_add_report, reports, error);
	if (status != DB_STATUS_OK) {
		json_object_unref(object);
		return status;
	}
	fputs(printer->printed > 0 ? ",\n" : "\n", stdout);
	command_json_print(object);
	return DB_STATUS_OK;
}

static enum db_status
text_print_delivery(
    const struct log_printer *printer, const struct delivery_history *history, struct error *error)
{
	enum db_status status;

	if (printer->printed > 0)
		fputc('\n', stdout);
	text_print_heading(history);
	status = delivery_history_attempts(
	    printer->connection, history, text_print_attempt, NULL, error);
	if (status != DB_STATUS_OK)
		return status;
	return delivery_history_reports(
	    printer->connection, &history->key, text_print_report, NULL, error);
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
