#include "server/processes.h"

#include <glib.h>

#include "base/metrics.h"
#include "services/relay/relay.h"

#include "server/process_loop.h"
#include "server/tls.h"

struct relay_process {
	const struct process_start *start;
	struct process_loop *loop;
	struct relay *relay;
};

static void
relay_process_on_drained(void *arg)
{
	struct relay_process *process = arg;

	process_loop_end(process->loop);
}

static void
relay_process_on_stop(void *arg)
{
	struct relay_process *process = arg;

	relay_drain(process->relay, process->start->config->drain_seconds, relay_process_on_drained,
	    process);
}

static struct relay_settings
relay_process_settings(const struct process_start *start, const char *node)
{
	const struct config *config = start->config;

	return (struct relay_settings){.conninfo = start->conninfo,
	    .node = node,
	    .ledger = config_restored_ledger(config),
	    .receive = {.hostname = config->hostname,
		.listeners = config->listeners,
		.listener_count = config->listener_count,
		.limits = config->limits,
		.plaintext_networks = config->plaintext_networks,
		.bare_newline_networks = config->bare_newline_networks},
	    .deliver = config->deliver,
	    .malformed = config->malformed,
	    .logs_messages = config->log_messages,
	    .memory_bytes = config->memory_bytes};
}

static bool
relay_process_run(struct relay_process *process, SSL_CTX *tls, struct error *error)
{
	const struct relay_settings settings =
	    relay_process_settings(process->start, g_get_host_name());

	process->relay = relay_create(process_loop_base(process->loop), &settings, tls, error);
	if (process->relay == NULL)
		return false;
	process_report_ready(process->start);
	process_loop_run(process->loop);
	relay_destroy(process->relay);
	return true;
}

int
process_relay(const struct process_start *start)
{
	const struct config *config = start->config;
	struct relay_process process = {.start = start};
	SSL_CTX *tls = NULL;
	struct error error;
	bool done;

	metrics_attach(start->name);
	process_open_ledger(start->config);
	process.loop = process_loop_create(relay_process_on_stop, &process, &error);
	done = process.loop != NULL;
	if (done && config->tls_certificate != NULL) {
		tls = tls_server_context(config->tls_certificate, config->tls_key, &error);
		done = tls != NULL;
	}
	done = done && relay_process_run(&process, tls, &error);
	SSL_CTX_free(tls);
	process_loop_destroy(process.loop);
	return done ? 0 : process_report_failed(start, &error);
}
