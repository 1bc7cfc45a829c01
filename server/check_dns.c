#include "server/check_dns.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "db/dkim_key.h"
#include "services/relay/check/dns_check.h"
#include "services/relay/check/report.h"
#include "services/relay/dkim/domain.h"

#include "server/command_database.h"
#include "server/command_json.h"

static struct dns_check_domain *
domains_find_or_add(GPtrArray *domains, const char *name)
{
	struct dns_check_domain *domain;

	for (guint i = 0; i < domains->len; i++) {
		domain = domains->pdata[i];
		if (strcmp(domain->name, name) == 0)
			return domain;
	}
	domain = dns_check_domain_create(g_strdup(name));
	g_ptr_array_add(domains, domain);
	return domain;
}

/* Keys come in order of their domains: a domain's are one after the other. */
static void
domains_add_key(void *arg, const struct dkim_key *key)
{
	GPtrArray *domains = arg;
	struct dns_check_domain *last = domains->len > 0 ? domains->pdata[domains->len - 1] : NULL;

	if (last == NULL || strcmp(last->name, key->domain) != 0) {
		last = dns_check_domain_create(g_strdup(key->domain));
		g_ptr_array_add(domains, last);
	}
	dns_check_domain_add_key(last, key);
}

/* A private database is not made for the question. */
static bool
has_database(const struct config *config)
{
	return config->database != NULL || access(config->data_dir, F_OK) == 0;
}

static bool
domains_read(const struct config *config, GPtrArray *domains, struct error *error)
{
	struct command_database database;
	bool done;

	if (!has_database(config))
		return true;
	if (!command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, error))
		return false;
	done =
	    dkim_key_list_all(database.connection, domains_add_key, domains, error) == DB_STATUS_OK;
	command_database_close(&database);
	return done;
}

static bool
domains_add_named(GPtrArray *domains, const GPtrArray *named, struct error *error)
{
	for (guint i = 0; i < named->len; i++) {
		g_autofree char *name = dkim_domain_normalize(named->pdata[i], error);

		if (name == NULL)
			return false;
		(void)domains_find_or_add(domains, name);
	}
	return true;
}

/* For g_ptr_array_unref(); NULL: an error has been printed. */
static GPtrArray *
find(const struct config *config, const GPtrArray *named)
{
	GPtrArray *report = check_report_create();
	g_autoptr(GPtrArray) domains =
	    g_ptr_array_new_with_free_func((GDestroyNotify)dns_check_domain_free);
	struct error error;

	if (domains_read(config, domains, &error) && domains_add_named(domains, named, &error)) {
		dns_check_run(&config->deliver, domains, report);
		return report;
	}
	command_error("%s", error.text);
	g_ptr_array_unref(report);
	return NULL;
}

static enum command_exit
outcome_of(GPtrArray *report)
{
	enum command_exit outcome = check_report_is_wrong(report) ? COMMAND_FAILED : COMMAND_DONE;

	g_ptr_array_unref(report);
	return outcome;
}

static void
print_finding(const struct check_finding *finding, int width)
{
	g_autoptr(GString) line = g_string_new(NULL);

	printable_append(line, finding->found, PRINTABLE_LINE);
	if (finding->publish != NULL) {
		g_string_append(line, "; publish ");
		printable_append(line, finding->publish, PRINTABLE_LINE);
	}
	printf("%-6s  %-7s  %-*s  %s\n", check_status_name(finding->status), finding->what, width,
	    finding->domain, line->str);
}

enum command_exit
check_dns_print(const struct config *config, const GPtrArray *domains)
{
	GPtrArray *report = find(config, domains);
	int width = 0;

	if (report == NULL)
		return COMMAND_FAILED;
	for (guint i = 0; i < report->len; i++) {
		const struct check_finding *finding = report->pdata[i];

		width = MAX(width, (int)strlen(finding->domain));
	}
	for (guint i = 0; i < report->len; i++)
		print_finding(report->pdata[i], width);
	return outcome_of(report);
}

/* JSON is UTF-8; what others published need not be. */
static void
add_text(JsonObject *object, const char *name, const char *text)
{
	g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;

	command_json_add_text(object, name, valid);
}

enum command_exit
check_dns_print_json(const struct config *config, const GPtrArray *domains)
{
	GPtrArray *report = find(config, domains);

	if (report == NULL)
		return COMMAND_FAILED;
	fputs("[", stdout);
	for (guint i = 0; i < report->len; i++) {
		const struct check_finding *finding = report->pdata[i];
		JsonObject *object = json_object_new();

		command_json_add_text(object, "status", check_status_name(finding->status));
		command_json_add_text(object, "what", finding->what);
		command_json_add_text(object, "domain", finding->domain);
		add_text(object, "found", finding->found);
		add_text(object, "publish", finding->publish);
		fputs(i > 0 ? ",\n" : "\n", stdout);
		command_json_print(object);
	}
	fputs("\n]\n", stdout);
	return outcome_of(report);
}
