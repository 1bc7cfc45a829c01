#include "server/config_parse.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "server/config_text.h"
#include "server/config_value.h"

/* libconfuse's callbacks carry no argument of ours, so this says whose file is being parsed. */
struct config_parsing {
	const char *path;
	GPtrArray *problems;
	const cfg_opt_t *option; /* of the last call, and how many elements it had then */
	unsigned elements;
};
static struct config_parsing parsing;

static const char *const config_keys[] = {"plaintext_networks", "bare_newline",
    "bare_newline_networks", "limits|header_bytes", "limits|mime_depth", "limits|data_rate",
    "limits|line_bytes", "listener|proxy", "limits|proxy_timeout", "limits|messages",
    "limits|address_connections", "limits|address_rate", "limits|header_fields", "limits|hops",
    "limits|data_total_timeout", "limits|turn_timeout", "database", "data_dir", "hostname",
    "workers", "drain_timeout", "malformed", "api|listen", "api|threads", "api|public_url",
    "api|create_account_token", "api|connections", "api|address_connections", "api|idle_timeout",
    "api|request_timeout", "api|answer_timeout", "api|head_bytes", "api|body_bytes",
    "api|trusted_proxies", "api|metrics_networks", "listener|listen", "listener|tls",
    "listener|auth", "limits|message_bytes", "limits|recipients", "limits|errors",
    "limits|connections", "limits|command_timeout", "limits|data_timeout", "limits|memory_bytes",
    "delivery|route", "delivery|tls", "delivery|smarthost", "delivery|bounce_domain",
    "delivery|port", "delivery|retry", "delivery|lifetime", "delivery|connect_timeout",
    "delivery|reply_timeout", "delivery|final_timeout", "delivery|idle_timeout",
    "delivery|connections", "delivery|destination_connections", "delivery|destination_rate",
    "delivery|transaction_recipients", "delivery|retry_greylisted", "delivery|retry_full",
    "delivery|failure_reports", "delivery|delay_report", "delivery|report_bytes",
    "delivery|mta_sts_timeout", "delivery|mta_sts_port", "log|retention_days", "log|level",
    "log|format", "ledger|days", "capture|listen", "api|reports_database", "api|reports_staleness",
    "limits|commit_timeout"};

/* Listeners of a file that names none. */
static const char production_listeners[] =
    "listener \"smtp\" { listen = {\"0.0.0.0:25\", \"[::]:25\"} tls = \"starttls\" }\n"
    "listener \"submission\" { listen = {\"0.0.0.0:587\", \"[::]:587\"} tls = \"starttls\" }\n"
    "listener \"alternate\" { listen = {\"0.0.0.0:2525\", \"[::]:2525\"} tls = \"starttls\" }\n"
    "listener \"submissions\" { listen = {\"0.0.0.0:465\", \"[::]:465\"} tls = \"implicit\" }\n";
static const char dev_listeners[] =
    "listener \"smtp\" { listen = {\"127.0.0.1:2525\"} tls = \"starttls\" }\n"
    "listener \"submission\" { listen = {\"127.0.0.1:2587\"} tls = \"starttls\" }\n"
    "listener \"submissions\" { listen = {\"127.0.0.1:2465\"} tls = \"implicit\" }\n";

void
config_problem(GPtrArray *problems, const char *path, int line, const char *format, ...)
{
	va_list arguments;
	char *text, *whole;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	if (path == NULL)
		path = "no configuration file (name one with --config, or try --dev)";
	whole = line > 0 ? g_strdup_printf("%s:%d: %s", path, line, text)
			 : g_strdup_printf("%s: %s", path, text);
	g_free(text);
	g_ptr_array_add(problems, whole);
}

static void
config_on_syntax_error(cfg_t *cfg, const char *format, va_list arguments)
{
	char *text = g_strdup_vprintf(format, arguments);

	config_problem(parsing.problems, parsing.path, cfg->line, "%s", text);
	g_free(text);
}

/* Called after each element of a list, with its line, and once more at the end of the list. */
static int
config_on_value(cfg_t *cfg, cfg_opt_t *option)
{
	bool top = strcmp(cfg_name(cfg), "root") == 0;
	unsigned elements = cfg_opt_size(option);
	bool again =
	    (option->flags & CFGF_LIST) && option == parsing.option && elements == parsing.elements;
	struct error error;
	char *key;

	parsing.option = option;
	parsing.elements = elements;
	if (again || elements == 0)
		return 0;
	key = top ? g_strdup(option->name) : g_strdup_printf("%s|%s", cfg_name(cfg), option->name);
	if (!config_value_check(key, option, elements - 1, &error)) {
		g_strdelimit(key, "|", '.');
		config_problem(
		    parsing.problems, parsing.path, cfg->line, "%s: %s", key, error.text);
	}
	g_free(key);
	return 0;
}

static char *
config_default_hostname(enum config_profile profile)
{
	char name[256] = "";

	if (profile == CONFIG_PROFILE_DEV || gethostname(name, sizeof(name) - 1) != 0 ||
	    name[0] == '\0')
		return g_strdup("localhost");
	return g_strdup(name);
}

static cfg_t *
config_schema(enum config_profile profile)
{
	bool dev = profile == CONFIG_PROFILE_DEV;
	struct receive_limits limits = receive_limits_default();
	struct deliver_settings deliver = deliver_settings_default();
	struct http_limits http = http_limits_default();
	char *hostname = config_default_hostname(profile);
	cfg_opt_t api[] = {CFG_STR_LIST("listen", "{\"127.0.0.1:8080\"}", CFGF_NONE),
	    CFG_STR("tls_certificate", "", CFGF_NONE), CFG_STR("tls_key", "", CFGF_NONE),
	    CFG_STR("public_url", "", CFGF_NONE), CFG_INT("threads", 8, CFGF_NONE),
	    CFG_BOOL("http_get", cfg_false, CFGF_NONE),
	    CFG_INT("connections", http.connections, CFGF_NONE),
	    CFG_INT("address_connections", http.address_connections, CFGF_NONE),
	    CFG_INT("idle_timeout", http.idle_seconds, CFGF_NONE),
	    CFG_INT("request_timeout", http.request_seconds, CFGF_NONE),
	    CFG_INT("answer_timeout", http.answer_seconds, CFGF_NONE),
	    CFG_INT("head_bytes", (long)http.head_bytes, CFGF_NONE),
	    CFG_INT("body_bytes", (long)http.body_bytes, CFGF_NONE),
	    CFG_STR_LIST("trusted_proxies", "{}", CFGF_NONE),
	    CFG_STR_LIST("metrics_networks", "{\"127.0.0.0/8\", \"::1\"}", CFGF_NONE),
	    CFG_STR("access_log", "", CFGF_NONE), CFG_STR("import_folder", "", CFGF_NONE),
	    CFG_STR("create_account_token", "", CFGF_NONE),
	    CFG_STR("reports_database", "", CFGF_NONE), CFG_INT("reports_staleness", 0, CFGF_NONE),
	    CFG_END()};
	cfg_opt_t listener[] = {CFG_STR_LIST("listen", "{}", CFGF_NONE),
	    CFG_STR("tls", "starttls", CFGF_NONE), CFG_STR("auth", "required", CFGF_NONE),
	    CFG_STR_LIST("proxy", "{}", CFGF_NONE), CFG_END()};
	cfg_opt_t limit[] = {CFG_INT("message_bytes", (long)limits.message_bytes, CFGF_NONE),
	    CFG_INT("recipients", limits.recipients, CFGF_NONE),
	    CFG_INT("errors", limits.errors, CFGF_NONE),
	    CFG_INT("messages", limits.messages, CFGF_NONE),
	    CFG_INT("address_connections", limits.address_connections, CFGF_NONE),
	    CFG_INT("address_rate", limits.address_rate, CFGF_NONE),
	    CFG_INT("header_bytes", (long)limits.header_bytes, CFGF_NONE),
	    CFG_INT("line_bytes", (long)limits.line_bytes, CFGF_NONE),
	    CFG_INT("header_fields", limits.fields, CFGF_NONE),
	    CFG_INT("mime_depth", limits.mime_depth, CFGF_NONE),
	    CFG_INT("data_rate", limits.data_rate, CFGF_NONE),
	    CFG_INT("hops", limits.hops, CFGF_NONE),
	    CFG_INT("data_total_timeout", limits.data_total_seconds, CFGF_NONE),
	    CFG_INT("turn_timeout", limits.turn_seconds, CFGF_NONE),
	    CFG_INT("connections", limits.connections, CFGF_NONE),
	    CFG_INT("proxy_timeout", limits.proxy_seconds, CFGF_NONE),
	    CFG_INT("command_timeout", limits.command_seconds, CFGF_NONE),
	    CFG_INT("data_timeout", limits.data_seconds, CFGF_NONE),
	    CFG_INT("commit_timeout", 30, CFGF_NONE),
	    CFG_INT("memory_bytes", 256L << 20, CFGF_NONE), CFG_END()};
	cfg_opt_t delivery[] = {CFG_STR("route", dev ? "capture" : "mx", CFGF_NONE),
	    CFG_STR("smarthost", "", CFGF_NONE), CFG_INT("port", deliver.port, CFGF_NONE),
	    CFG_STR("resolver", "", CFGF_NONE), CFG_STR("bounce_domain", "", CFGF_NONE),
	    CFG_STR("tls", "opportunistic", CFGF_NONE),
	    CFG_STR_LIST("tls_required", "{}", CFGF_NONE), CFG_STR("trust_anchor", "", CFGF_NONE),
	    CFG_STR("tls_authorities", "", CFGF_NONE),
	    CFG_BOOL("mta_sts", deliver.mta_sts ? cfg_true : cfg_false, CFGF_NONE),
	    CFG_INT("mta_sts_timeout", deliver.mta_sts_seconds, CFGF_NONE),
	    CFG_INT("mta_sts_port", deliver.mta_sts_port, CFGF_NONE),
	    CFG_INT_LIST("retry", dev ? "{5, 10, 30, 60, 300}" : "{}", CFGF_NONE),
	    CFG_INT("lifetime", deliver.lifetime_seconds, CFGF_NONE),
	    CFG_INT("connect_timeout", deliver.connect_seconds, CFGF_NONE),
	    CFG_INT("reply_timeout", deliver.reply_seconds, CFGF_NONE),
	    CFG_INT("final_timeout", deliver.final_seconds, CFGF_NONE),
	    CFG_INT("idle_timeout", deliver.idle_seconds, CFGF_NONE),
	    CFG_INT("connections", deliver.connections, CFGF_NONE),
	    CFG_INT("destination_connections", deliver.destination_connections, CFGF_NONE),
	    CFG_INT("destination_rate", deliver.destination_rate, CFGF_NONE),
	    CFG_INT("transaction_recipients", deliver.transaction_recipients, CFGF_NONE),
	    CFG_INT("retry_greylisted", deliver.retry_greylisted_seconds, CFGF_NONE),
	    CFG_INT("retry_full", deliver.retry_full_seconds, CFGF_NONE),
	    CFG_STR("failure_reports", "asked", CFGF_NONE),
	    CFG_INT("delay_report", deliver.delay_report_seconds, CFGF_NONE),
	    CFG_INT("report_bytes", deliver.report_bytes, CFGF_NONE), CFG_END()};
	cfg_opt_t log[] = {CFG_INT("retention_days", 90, CFGF_NONE),
	    CFG_STR("level", "info", CFGF_NONE), CFG_STR("format", "key=value", CFGF_NONE),
	    CFG_BOOL("messages", cfg_true, CFGF_NONE), CFG_END()};
	cfg_opt_t ledger[] = {
	    CFG_INT("days", 14, CFGF_NONE), CFG_STR("directory", "", CFGF_NONE), CFG_END()};
	cfg_opt_t capture[] = {
	    CFG_STR_LIST("listen", dev ? "{\"127.0.0.1:2526\"}" : "{}", CFGF_NONE),
	    CFG_STR("directory", "", CFGF_NONE), CFG_END()};
	cfg_opt_t top[] = {CFG_STR("database", "", CFGF_NONE),
	    CFG_STR("data_dir", dev ? "var" : "/var/lib/bracemail", CFGF_NONE),
	    CFG_STR("hostname", hostname, CFGF_NONE), CFG_INT("workers", 0, CFGF_NONE),
	    CFG_INT("drain_timeout", 30, CFGF_NONE), CFG_STR("tls_certificate", "", CFGF_NONE),
	    CFG_STR("tls_key", "", CFGF_NONE), CFG_STR("malformed", "reject", CFGF_NONE),
	    CFG_STR_LIST("plaintext_networks", "{}", CFGF_NONE),
	    CFG_STR("bare_newline", "reject", CFGF_NONE),
	    CFG_STR_LIST("bare_newline_networks", "{}", CFGF_NONE), CFG_SEC("api", api, CFGF_NONE),
	    CFG_SEC("listener", listener, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	    CFG_SEC("limits", limit, CFGF_NONE), CFG_SEC("delivery", delivery, CFGF_NONE),
	    CFG_SEC("log", log, CFGF_NONE), CFG_SEC("ledger", ledger, CFGF_NONE),
	    CFG_SEC("capture", capture, CFGF_NONE), CFG_END()};
	cfg_t *cfg = cfg_init(top, CFGF_NONE);

	/* cfg_init() copied the tables. */
	g_free(hostname);
	cfg_set_error_function(cfg, config_on_syntax_error);
	for (size_t i = 0; i < G_N_ELEMENTS(config_keys); i++)
		cfg_set_validate_func(cfg, config_keys[i], config_on_value);
	return cfg;
}

static void
config_parse_file(cfg_t *cfg, const char *path, GPtrArray *problems)
{
	struct error error;
	char *text = config_text_read(path, &error);
	int unclosed;

	if (text == NULL) {
		g_ptr_array_add(problems, g_strdup(error.text));
		return;
	}
	unclosed = config_text_find_unclosed(text);
	if (cfg_parse_buf(cfg, text) != CFG_SUCCESS && problems->len == 0)
		config_problem(problems, path, cfg->line, "cannot be understood from here on");
	if (problems->len == 0 && unclosed > 0)
		config_problem(problems, path, unclosed, "this { is never closed");
	g_free(text);
}

cfg_t *
config_parse(const char *path, enum config_profile profile, GPtrArray *problems)
{
	cfg_t *cfg = config_schema(profile);

	parsing = (struct config_parsing){.path = path, .problems = problems};
	if (path != NULL)
		config_parse_file(cfg, path, problems);
	if (problems->len == 0 && cfg_size(cfg, "listener") == 0)
		cfg_parse_buf(
		    cfg, profile == CONFIG_PROFILE_DEV ? dev_listeners : production_listeners);
	parsing = (struct config_parsing){0};
	return cfg;
}
