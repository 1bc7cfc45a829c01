#include "server/config.h"

#include <string.h>
#include <unistd.h>

#include "server/config_parse.h"
#include "server/config_value.h"

struct config_memory {
	GStringChunk *strings;
	GPtrArray *arrays; /* freed by g_free */
};

const char *
config_keep(struct config *config, const char *text)
{
	return g_string_chunk_insert(config->memory->strings, text);
}

static void *
config_keep_array(struct config *config, size_t count, size_t size)
{
	void *array = g_malloc0_n(count, size);

	g_ptr_array_add(config->memory->arrays, array);
	return array;
}

/* An empty string stands for "not set". */
static const char *
config_get_string(struct config *config, cfg_t *section, const char *key)
{
	const char *text = cfg_getstr(section, key);

	return text == NULL || text[0] == '\0' ? NULL : config_keep(config, text);
}

static unsigned
config_get_number(cfg_t *section, const char *key)
{
	return (unsigned)cfg_getint(section, key);
}

static const char *const *
config_get_list(struct config *config, cfg_t *section, const char *key)
{
	unsigned count = cfg_size(section, key);
	const char **list = config_keep_array(config, count + 1, sizeof(*list));

	for (unsigned i = 0; i < count; i++)
		list[i] = config_keep(config, cfg_getnstr(section, key, i));
	return list;
}

/* Each was checked as it was parsed. */
static struct network_list
config_get_networks(struct config *config, cfg_t *section, const char *key)
{
	unsigned count = cfg_size(section, key);
	struct network *items = config_keep_array(config, count + 1, sizeof(*items));

	for (unsigned i = 0; i < count; i++)
		network_parse(cfg_getnstr(section, key, i), &items[i]);
	return (struct network_list){items, count};
}

static const char *
config_absolute_path(struct config *config, const char *path)
{
	char *absolute = g_canonicalize_filename(path, NULL);
	const char *kept = config_keep(config, absolute);

	g_free(absolute);
	return kept;
}

static void
config_read_listeners(struct config *config, cfg_t *cfg)
{
	unsigned count = cfg_size(cfg, "listener");
	struct receive_listener *listeners =
	    config_keep_array(config, count + 1, sizeof(*listeners));

	for (unsigned i = 0; i < count; i++) {
		cfg_t *section = cfg_getnsec(cfg, "listener", i);

		listeners[i].name = config_keep(config, cfg_title(section));
		listeners[i].addresses = config_get_list(config, section, "listen");
		listeners[i].tls = (enum receive_tls)config_value_choice(
		    "listener|tls", cfg_getstr(section, "tls"));
		listeners[i].auth = RECEIVE_AUTH_REQUIRED;
		listeners[i].proxy = config_get_networks(config, section, "proxy");
	}
	config->listeners = listeners;
	config->listener_count = count;
}

static void
config_read_limits(struct config *config, cfg_t *section)
{
	config->limits = receive_limits_default();
	config->limits.message_bytes = (size_t)cfg_getint(section, "message_bytes");
	config->limits.recipients = config_get_number(section, "recipients");
	config->limits.errors = config_get_number(section, "errors");
	config->limits.messages = config_get_number(section, "messages");
	config->limits.connections = config_get_number(section, "connections");
	config->limits.address_connections = config_get_number(section, "address_connections");
	config->limits.address_rate = config_get_number(section, "address_rate");
	config->limits.header_bytes = (size_t)cfg_getint(section, "header_bytes");
	config->limits.line_bytes = (size_t)cfg_getint(section, "line_bytes");
	config->limits.fields = config_get_number(section, "header_fields");
	config->limits.mime_depth = config_get_number(section, "mime_depth");
	config->limits.data_rate = config_get_number(section, "data_rate");
	config->limits.hops = config_get_number(section, "hops");
	config->limits.data_total_seconds = config_get_number(section, "data_total_timeout");
	config->limits.turn_seconds = config_get_number(section, "turn_timeout");
	config->limits.proxy_seconds = config_get_number(section, "proxy_timeout");
	config->limits.command_seconds = config_get_number(section, "command_timeout");
	config->limits.data_seconds = config_get_number(section, "data_timeout");
	config->memory_bytes = (size_t)cfg_getint(section, "memory_bytes");
	config->commit_seconds = config_get_number(section, "commit_timeout");
}

static void
config_read_retry(struct config *config, cfg_t *section)
{
	unsigned count = cfg_size(section, "retry");
	unsigned *seconds;

	if (count == 0)
		return;
	seconds = config_keep_array(config, count, sizeof(*seconds));
	for (unsigned i = 0; i < count; i++)
		seconds[i] = (unsigned)cfg_getnint(section, "retry", i);
	config->deliver.retry_seconds = seconds;
	config->deliver.retry_count = count;
}

static void
config_read_delivery(struct config *config, cfg_t *section)
{
	struct deliver_settings *deliver = &config->deliver;

	*deliver = deliver_settings_default();
	deliver->hostname = config->hostname;
	deliver->logs_attempts = config->log_messages;
	deliver->bounce_domain = config_get_string(config, section, "bounce_domain");
	if (deliver->bounce_domain == NULL)
		deliver->bounce_domain = config->hostname;
	deliver->smarthost = config_get_string(config, section, "smarthost");
	deliver->resolver = config_get_string(config, section, "resolver");
	deliver->port = config_get_number(section, "port");
	deliver->tls =
	    (enum deliver_tls)config_value_choice("delivery|tls", cfg_getstr(section, "tls"));
	deliver->failure_reports = (enum deliver_reports)config_value_choice(
	    "delivery|failure_reports", cfg_getstr(section, "failure_reports"));
	deliver->delay_report_seconds = config_get_number(section, "delay_report");
	deliver->report_bytes = config_get_number(section, "report_bytes");
	deliver->trust_anchor = config_get_string(config, section, "trust_anchor");
	deliver->tls_required = config_get_list(config, section, "tls_required");
	deliver->tls_authorities = config_get_string(config, section, "tls_authorities");
	deliver->mta_sts = cfg_getbool(section, "mta_sts") == cfg_true;
	deliver->mta_sts_seconds = config_get_number(section, "mta_sts_timeout");
	deliver->mta_sts_port = config_get_number(section, "mta_sts_port");
	deliver->lifetime_seconds = config_get_number(section, "lifetime");
	deliver->connect_seconds = config_get_number(section, "connect_timeout");
	deliver->reply_seconds = config_get_number(section, "reply_timeout");
	deliver->final_seconds = config_get_number(section, "final_timeout");
	deliver->idle_seconds = config_get_number(section, "idle_timeout");
	deliver->retry_greylisted_seconds = config_get_number(section, "retry_greylisted");
	deliver->retry_full_seconds = config_get_number(section, "retry_full");
	deliver->destination_rate = config_get_number(section, "destination_rate");
	deliver->transaction_recipients = config_get_number(section, "transaction_recipients");
	deliver->connections = config_get_number(section, "connections");
	deliver->destination_connections = config_get_number(section, "destination_connections");
	config_read_retry(config, section);
}

/* "capture" is a smarthost of our own. */
static void
config_read_route(struct config *config, const char *route, GPtrArray *problems)
{
	if (strcmp(route, "mx") == 0) {
		config->deliver.route = DELIVER_ROUTE_MX;
		return;
	}
	config->deliver.route = DELIVER_ROUTE_SMARTHOST;
	if (strcmp(route, "smarthost") == 0) {
		if (config->deliver.smarthost == NULL)
			config_problem(problems, config->path, 0,
			    "delivery.route is \"smarthost\": set delivery.smarthost to its \"host:port\"");
		return;
	}
	config->deliver.smarthost = config->capture.listen[0];
	if (config->deliver.smarthost == NULL)
		config_problem(problems, config->path, 0,
		    "delivery.route is \"capture\": set capture.listen to an address with a port");
}

/* Where the API listens is no address for the world, but for who tries it on this machine. */
static void
config_derive_unsubscribe_base(struct config *config)
{
	const struct config_api *api = &config->api;
	char *url;

	if (config->profile != CONFIG_PROFILE_DEV || api->listen[0] == NULL)
		return;
	url = g_strdup_printf(
	    "%s://%s", api->tls_certificate != NULL ? "https" : "http", api->listen[0]);
	config->deliver.unsubscribe_base = config_keep(config, url);
	g_free(url);
}

static void
config_read_api_limits(struct http_limits *limits, cfg_t *section)
{
	*limits = http_limits_default();
	limits->connections = config_get_number(section, "connections");
	limits->address_connections = config_get_number(section, "address_connections");
	limits->idle_seconds = config_get_number(section, "idle_timeout");
	limits->request_seconds = config_get_number(section, "request_timeout");
	limits->answer_seconds = config_get_number(section, "answer_timeout");
	limits->head_bytes = (size_t)cfg_getint(section, "head_bytes");
	limits->body_bytes = (size_t)cfg_getint(section, "body_bytes");
}

static void
config_read_api(struct config *config, cfg_t *section)
{
	struct config_api *api = &config->api;
	char *url;

	api->listen = config_get_list(config, section, "listen");
	api->threads = config_get_number(section, "threads");
	api->http_get = cfg_getbool(section, "http_get") == cfg_true;
	config_read_api_limits(&api->limits, section);
	api->trusted_proxies = config_get_networks(config, section, "trusted_proxies");
	api->metrics_networks = config_get_networks(config, section, "metrics_networks");
	api->access_log = config_get_string(config, section, "access_log");
	if (cfg_getstr(section, "import_folder")[0] != '\0')
		api->import_folder =
		    config_absolute_path(config, cfg_getstr(section, "import_folder"));
	api->reports_database = config_get_string(config, section, "reports_database");
	api->reports_staleness = config_get_number(section, "reports_staleness");
	api->create_account_token = config_get_string(config, section, "create_account_token");
	api->tls_certificate = config_get_string(config, section, "tls_certificate");
	api->tls_key = config_get_string(config, section, "tls_key");
	if (cfg_getstr(section, "public_url")[0] == '\0') {
		config_derive_unsubscribe_base(config);
		return;
	}
	url = g_strdup(cfg_getstr(section, "public_url"));
	while (g_str_has_suffix(url, "/"))
		url[strlen(url) - 1] = '\0';
	api->public_url = config_keep(config, url);
	config->deliver.unsubscribe_base = api->public_url;
	g_free(url);
}

static void
config_read_capture(struct config *config, cfg_t *section)
{
	const char *directory = cfg_getstr(section, "directory");
	char *inside = g_build_filename(config->data_dir, "captured", NULL);

	config->capture.listen = config_get_list(config, section, "listen");
	config->capture.directory =
	    config_absolute_path(config, directory[0] == '\0' ? inside : directory);
	g_free(inside);
}

static unsigned
config_cores(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return (unsigned)CLAMP(cores, 1, CONFIG_WORKERS_MAX);
}

/* Which networks it is normalized from must be said: it is for clients that are known, never for the Internet. */
static void
config_read_bare_newline(struct config *config, cfg_t *cfg, GPtrArray *problems)
{
	bool normalizes = strcmp(cfg_getstr(cfg, "bare_newline"), "normalize") == 0;

	config->bare_newline_networks = config_get_networks(config, cfg, "bare_newline_networks");
	if (normalizes != (config->bare_newline_networks.count > 0))
		config_problem(problems, config->path, 0,
		    "bare_newline = \"normalize\" and bare_newline_networks go together: set both");
}

static void
config_read_ledger(struct config *config, cfg_t *section)
{
	const char *directory = cfg_getstr(section, "directory");
	g_autofree char *usual = g_build_filename(config->data_dir, "ledger", NULL);

	config->ledger = config_absolute_path(config, directory[0] != '\0' ? directory : usual);
	config->ledger_days = config_get_number(section, "days");
}

static void
config_read(struct config *config, cfg_t *cfg, GPtrArray *problems)
{
	cfg_t *log = cfg_getsec(cfg, "log");

	config->database = config_get_string(config, cfg, "database");
	config->data_dir = config_absolute_path(config, cfg_getstr(cfg, "data_dir"));
	config->hostname = config_keep(config, cfg_getstr(cfg, "hostname"));
	config->tls_certificate = config_get_string(config, cfg, "tls_certificate");
	config->tls_key = config_get_string(config, cfg, "tls_key");
	config->workers = config_get_number(cfg, "workers");
	if (config->workers == 0)
		config->workers = config_cores();
	config->drain_seconds = config_get_number(cfg, "drain_timeout");
	config->malformed =
	    (enum relay_malformed)config_value_choice("malformed", cfg_getstr(cfg, "malformed"));
	config->plaintext_networks = config_get_networks(config, cfg, "plaintext_networks");
	config_read_bare_newline(config, cfg, problems);
	config->retention_days = config_get_number(log, "retention_days");
	config->log_level =
	    (enum log_level)config_value_choice("log|level", cfg_getstr(log, "level"));
	config->log_format =
	    (enum log_format)config_value_choice("log|format", cfg_getstr(log, "format"));
	config->log_messages = cfg_getbool(log, "messages") == cfg_true;
	config_read_ledger(config, cfg_getsec(cfg, "ledger"));
	config_read_limits(config, cfg_getsec(cfg, "limits"));
	config_read_listeners(config, cfg);
	config_read_capture(config, cfg_getsec(cfg, "capture"));
	config_read_delivery(config, cfg_getsec(cfg, "delivery"));
	config_read_api(config, cfg_getsec(cfg, "api"));
	config_read_route(config, cfg_getstr(cfg_getsec(cfg, "delivery"), "route"), problems);
}

static void
config_check_reports(const struct config *config, GPtrArray *problems)
{
	if (config->api.reports_database != NULL && config->database == NULL)
		config_problem(problems, config->path, 0,
		    "api.reports_database is a standby of database: set database, too (a private PostgreSQL has none)");
}

static void
config_check_tls(const struct config *config, GPtrArray *problems)
{
	if ((config->tls_certificate == NULL) != (config->tls_key == NULL))
		config_problem(
		    problems, config->path, 0, "tls_certificate and tls_key go together: set both");
	else if (config->tls_certificate == NULL && config_needs_smtp_tls(config) &&
	    config->profile != CONFIG_PROFILE_DEV)
		config_problem(problems, config->path, 0,
		    "set tls_certificate and tls_key: the listeners offer TLS (or set tls = \"none\" for each)");
	if ((config->api.tls_certificate == NULL) != (config->api.tls_key == NULL))
		config_problem(problems, config->path, 0,
		    "api.tls_certificate and api.tls_key go together: set both");
}

/* Where each address is used, so that two uses of one are seen. */
static void
config_check_addresses(const struct config *config, GPtrArray *problems)
{
	GHashTable *users = g_hash_table_new(g_str_hash, g_str_equal);
	unsigned count = config->listener_count + 2;

	for (unsigned i = 0; i < count; i++) {
		const char *user = i < config->listener_count ? config->listeners[i].name
		    : i == config->listener_count             ? "api"
							      : "capture";
		const char *const *list = i < config->listener_count
		    ? config->listeners[i].addresses
		    : i == config->listener_count ? config->api.listen
						  : config->capture.listen;

		if (list[0] == NULL && i < config->listener_count)
			config_problem(problems, config->path, 0,
			    "listener \"%s\": set listen to an address with a port", user);
		for (; *list != NULL; list++) {
			const char *other = g_hash_table_lookup(users, *list);

			if (other != NULL)
				config_problem(problems, config->path, 0,
				    "\"%s\" is used twice: by %s and by %s", *list, other, user);
			g_hash_table_insert(users, (char *)*list, (char *)user);
		}
	}
	g_hash_table_destroy(users);
}

unsigned
config_retention_days_min(const struct config *config)
{
	return (config->deliver.lifetime_seconds + 86399) / 86400;
}

struct restored_ledger
config_restored_ledger(const struct config *config)
{
	return (struct restored_ledger){
	    .directory = config->ledger_days > 0 ? config->ledger : NULL,
	    .retention_days = config->retention_days};
}

static void
config_check(const struct config *config, GPtrArray *problems)
{
	config_check_reports(config, problems);
	config_check_tls(config, problems);
	config_check_addresses(config, problems);
	if (config->listener_count > CONFIG_LISTENERS_MAX)
		config_problem(
		    problems, config->path, 0, "more than %d listeners", CONFIG_LISTENERS_MAX);
	if (config->retention_days < config_retention_days_min(config))
		config_problem(problems, config->path, 0,
		    "log.retention_days (%u) is shorter than delivery.lifetime (%u s): messages would be dropped "
		    "while they wait; keep logs longer",
		    config->retention_days, config->deliver.lifetime_seconds);
	if (config->memory_bytes < config->limits.message_bytes)
		config_problem(problems, config->path, 0,
		    "limits.memory_bytes is less than limits.message_bytes: a worker must hold one message");
}

struct config *
config_load(const char *path, enum config_profile profile, GPtrArray *problems)
{
	struct config *config = g_new0(struct config, 1);
	guint before = problems->len;
	cfg_t *cfg;

	config->memory = g_new0(struct config_memory, 1);
	config->memory->strings = g_string_chunk_new(4096);
	config->memory->arrays = g_ptr_array_new_with_free_func(g_free);
	config->profile = profile;
	if (path != NULL)
		config->path = config_keep(config, path);
	cfg = config_parse(path, profile, problems);
	if (problems->len == before) {
		config_read(config, cfg, problems);
		config_check(config, problems);
	}
	cfg_free(cfg);
	if (problems->len == before)
		return config;
	config_free(config);
	return NULL;
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	g_string_chunk_free(config->memory->strings);
	g_ptr_array_free(config->memory->arrays, TRUE);
	g_free(config->memory);
	g_free(config);
}

bool
config_needs_smtp_tls(const struct config *config)
{
	for (unsigned i = 0; i < config->listener_count; i++)
		if (config->listeners[i].tls != RECEIVE_TLS_NONE)
			return true;
	return false;
}
