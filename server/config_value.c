#include "server/config_value.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <event2/util.h>
#include <glib.h>
#include <libpq-fe.h>

#include "base/network.h"
#include "db/retention.h"
#include "db/standby.h"

#include "server/config.h"

enum { CONFIG_HOSTNAME_MAX = 255, CONFIG_CHOICES_MAX = 4 };

struct config_range {
	const char *key;
	long least;
	long most;
};

static const struct config_range config_ranges[] = {
    {"workers", 0, CONFIG_WORKERS_MAX},
    {"drain_timeout", 0, 3600},
    {"api|threads", 1, CONFIG_API_THREADS_MAX},
    {"api|reports_staleness", 0, DB_STANDBY_STALENESS_MAX},
    {"api|connections", 1, 1000000},
    {"api|address_connections", 1, 1000000},
    {"api|idle_timeout", 1, 3600},
    {"api|request_timeout", 1, 86400},
    {"api|answer_timeout", 1, 86400},
    {"api|head_bytes", 1024, HTTP_HEAD_BYTES_MOST},
    {"api|body_bytes", 1024, HTTP_BODIES_BYTES_MAX},
    {"limits|message_bytes", 1024, 1L << 30},
    {"limits|recipients", 1, 100000},
    {"limits|errors", 1, 10000},
    {"limits|messages", 1, 1000000000},
    {"limits|connections", 1, 1000000},
    {"limits|address_connections", 1, 1000000},
    {"limits|address_rate", 1, 1000000},
    {"limits|header_bytes", 1024, 16 << 20},
    {"limits|line_bytes", 998, 1L << 30},
    {"limits|header_fields", 1, 100000},
    {"limits|mime_depth", 1, 1000},
    {"limits|data_rate", 0, 1000000},
    {"limits|hops", 1, 1000},
    {"limits|proxy_timeout", 1, 60},
    {"limits|command_timeout", 1, 3600},
    {"limits|data_timeout", 1, 3600},
    {"limits|data_total_timeout", 1, 86400},
    {"limits|turn_timeout", 1, 3600},
    {"limits|commit_timeout", 1, 3600},
    {"limits|memory_bytes", 1L << 20, LONG_MAX},
    {"delivery|port", 1, 65535},
    {"delivery|retry", 1, 7 * 86400},
    {"delivery|lifetime", 1, 30 * 86400},
    {"delivery|connect_timeout", 1, 3600},
    {"delivery|reply_timeout", 1, 3600},
    {"delivery|final_timeout", 1, 3600},
    {"delivery|idle_timeout", 0, 3600},
    {"delivery|connections", 1, 100000},
    {"delivery|destination_connections", 1, 100000},
    {"delivery|destination_rate", 0, 60000000},
    {"delivery|transaction_recipients", 1, 1000},
    {"delivery|retry_greylisted", 1, 7 * 86400},
    {"delivery|retry_full", 1, 7 * 86400},
    {"delivery|delay_report", 0, 365 * 86400},
    {"delivery|report_bytes", 0, 16 << 20},
    {"delivery|mta_sts_timeout", 1, 300},
    {"delivery|mta_sts_port", 1, 65535},
    {"log|retention_days", 1, RETENTION_DAYS_MAX},
    {"ledger|days", 0, 3650},
};

struct config_choices {
	const char *key;
	const char *names[CONFIG_CHOICES_MAX + 1];
};

/* In the order of the enums that they stand for. */
static const struct config_choices config_choices[] = {
    {"malformed", {"reject", "discard"}},
    {"bare_newline", {"reject", "normalize"}},
    {"log|level", {"debug", "info", "warning", "error"}},
    {"log|format", {"key=value", "json"}},
    {"listener|tls", {"none", "starttls", "implicit"}},
    {"listener|auth", {"required"}},
    {"delivery|failure_reports", {"asked", "always"}},
    {"delivery|tls", {"off", "opportunistic", "required"}},
    {"delivery|route", {"mx", "smarthost", "capture"}},
};

static const struct config_choices *
config_choices_find(const char *key)
{
	for (size_t i = 0; i < G_N_ELEMENTS(config_choices); i++)
		if (strcmp(config_choices[i].key, key) == 0)
			return &config_choices[i];
	return NULL;
}

int
config_value_choice(const char *key, const char *text)
{
	const struct config_choices *choices = config_choices_find(key);

	assert(choices != NULL);
	for (int i = 0; choices->names[i] != NULL; i++)
		if (strcmp(choices->names[i], text) == 0)
			return i;
	return 0;
}

static bool
config_check_choice(const struct config_choices *choices, const char *text, struct error *error)
{
	char *names;

	for (int i = 0; choices->names[i] != NULL; i++)
		if (strcmp(choices->names[i], text) == 0)
			return true;
	names = g_strjoinv(", ", (char **)choices->names);
	error_set(error, "\"%s\" is not one of: %s", text, names);
	g_free(names);
	return false;
}

static bool
config_check_range(const char *key, long value, struct error *error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(config_ranges); i++) {
		const struct config_range *range = &config_ranges[i];

		if (strcmp(range->key, key) != 0)
			continue;
		if (value >= range->least && value <= range->most)
			return true;
		if (range->most == LONG_MAX)
			return error_set(error, "%ld is less than %ld", value, range->least);
		return error_set(
		    error, "%ld is not from %ld to %ld", value, range->least, range->most);
	}
	return true;
}

/* evutil takes an address without a port too; its port is 0 then. */
static bool
config_check_address(const char *text, struct error *error)
{
	struct sockaddr_storage address;
	int length = sizeof(address);

	memset(&address, 0, sizeof(address));
	if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&address, &length) == 0 &&
	    (address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
					  : ((struct sockaddr_in6 *)&address)->sin6_port) != 0)
		return true;
	return error_set(error,
	    "\"%s\" is not an IP address with a port; write \"0.0.0.0:587\" or \"[::]:587\"", text);
}

static bool
config_check_network(const char *text, struct error *error)
{
	struct network network;

	return network_parse(text, &network) ||
	    error_set(error, "\"%s\" is not a network; write \"192.0.2.0/24\" or \"2001:db8::/32\"",
		text);
}

static bool
config_check_hostname(const char *text, struct error *error)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

	if (text[0] != '\0' && strlen(text) <= CONFIG_HOSTNAME_MAX &&
	    strspn(text, letters) == strlen(text) && strchr(".-", text[0]) == NULL &&
	    strstr(text, "..") == NULL)
		return true;
	return error_set(error,
	    "\"%s\" is not a host name; write the full one, like \"relay.example.net\"", text);
}

static bool
config_check_smarthost(const char *text, struct error *error)
{
	const char *port = strrchr(text, ':');
	char *end;
	long number;

	if (text[0] == '\0')
		return true;
	number = port == NULL ? 0 : strtol(port + 1, &end, 10);
	if (port == NULL || port == text || port[1] < '0' || port[1] > '9' || *end != '\0' ||
	    number < 1 || number > 65535)
		return error_set(error,
		    "\"%s\" is not a host with a port; write \"relay.example.net:25\" or \"[192.0.2.1]:25\"",
		    text);
	return true;
}

static bool
config_check_url(const char *text, struct error *error)
{
	if (text[0] == '\0' || g_str_has_prefix(text, "http://") ||
	    g_str_has_prefix(text, "https://"))
		return true;
	return error_set(error, "\"%s\" does not begin with http:// or https://", text);
}

static bool
config_check_database(const char *text, struct error *error)
{
	char *reason = NULL;
	PQconninfoOption *options = PQconninfoParse(text, &reason);

	if (options != NULL) {
		PQconninfoFree(options);
		return true;
	}
	/* libpq's sentence may quote the string, and the string may hold a password. */
	PQfreemem(reason);
	return error_set(
	    error, "not a PostgreSQL connection string; write \"host=... dbname=...\"");
}

/* It is guessed at from outside; the sentence must not show it. */
static bool
config_check_token(const char *text, struct error *error)
{
	size_t length = strlen(text);

	if (length == 0 || length >= CONFIG_TOKEN_MIN)
		return true;
	return error_set(error, "has %zu characters; at least %d are needed: openssl rand -hex 32",
	    length, CONFIG_TOKEN_MIN);
}

static bool
config_check_string(const char *key, const char *text, struct error *error)
{
	const struct config_choices *choices = config_choices_find(key);

	if (choices != NULL)
		return config_check_choice(choices, text, error);
	if (g_str_has_suffix(key, "listen"))
		return config_check_address(text, error);
	if (g_str_has_suffix(key, "_networks") || strcmp(key, "listener|proxy") == 0 ||
	    strcmp(key, "api|trusted_proxies") == 0)
		return config_check_network(text, error);
	if (strcmp(key, "hostname") == 0)
		return config_check_hostname(text, error);
	if (strcmp(key, "delivery|bounce_domain") == 0)
		return text[0] == '\0' || config_check_hostname(text, error);
	if (strcmp(key, "delivery|smarthost") == 0)
		return config_check_smarthost(text, error);
	if (strcmp(key, "api|create_account_token") == 0)
		return config_check_token(text, error);
	if (strcmp(key, "api|public_url") == 0)
		return config_check_url(text, error);
	if (strcmp(key, "api|reports_database") == 0)
		return text[0] == '\0' || config_check_database(text, error);
	if (strcmp(key, "database") == 0)
		return config_check_database(text, error);
	if (strcmp(key, "data_dir") == 0 && text[0] == '\0')
		return error_set(error, "is empty");
	return true;
}

bool
config_value_check(const char *key, cfg_opt_t *option, unsigned index, struct error *error)
{
	if (option->type == CFGT_INT)
		return config_check_range(key, cfg_opt_getnint(option, index), error);
	if (option->type == CFGT_STR)
		return config_check_string(key, cfg_opt_getnstr(option, index), error);
	return true;
}
