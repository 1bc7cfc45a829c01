#include "server/processes.h"

#include "base/metrics.h"

#include "server/http_listener.h"
#include "server/process_loop.h"
#include "server/tls.h"

struct api_process {
	struct process_loop *loop;
	struct http_listener *listener;
};

static void
api_process_on_drained(void *arg)
{
	struct api_process *process = arg;

	process_loop_end(process->loop);
}

static void
api_process_on_stop(void *arg)
{
	struct api_process *process = arg;

	http_listener_drain(process->listener, api_process_on_drained, process);
}

static bool
api_process_run(struct api_process *process, const struct process_start *start, SSL_CTX *tls,
    struct error *error)
{
	const struct config_api *api = &start->config->api;
	const struct http_listener_settings settings = {.addresses = api->listen,
	    .tls = tls,
	    .conninfo = start->conninfo,
	    .service = {.public_url = api->public_url,
		.http_get = api->http_get,
		.import_folder = api->import_folder,
		.reports_conninfo = api->reports_database,
		.reports_staleness = api->reports_staleness,
		.create_account_token = api->create_account_token,
		.hostname = start->config->hostname},
	    .limits = api->limits,
	    .proxies = api->trusted_proxies,
	    .metrics_networks = api->metrics_networks,
	    .access_log = api->access_log,
	    .threads = api->threads};

	process->listener =
	    http_listener_create(process_loop_base(process->loop), &settings, error);
	if (process->listener == NULL)
		return false;
	process_report_ready(start);
	process_loop_run(process->loop);
	http_listener_destroy(process->listener);
	return true;
}

int
process_api(const struct process_start *start)
{
	const struct config_api *api = &start->config->api;
	struct api_process process = {0};
	SSL_CTX *tls = NULL;
	struct error error;
	bool done;

	metrics_attach(start->name);
	process_open_ledger(start->config);
	process.loop = process_loop_create(api_process_on_stop, &process, &error);
	done = process.loop != NULL;
	if (done && api->tls_certificate != NULL) {
		tls = tls_server_context(api->tls_certificate, api->tls_key, &error);
		done = tls != NULL;
	}
	done = done && api_process_run(&process, start, tls, &error);
	SSL_CTX_free(tls);
	process_loop_destroy(process.loop);
	return done ? 0 : process_report_failed(start, &error);
}
