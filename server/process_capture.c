#include "server/processes.h"

#include "services/relay/receive/capture.h"

#include "server/process_loop.h"
#include "server/tls.h"

static void
capture_process_on_stop(void *arg)
{
	struct process_loop **loop = arg;

	process_loop_end(*loop);
}

static bool
capture_process_run(
    const struct process_start *start, struct process_loop *loop, SSL_CTX *tls, struct error *error)
{
	const struct config *config = start->config;
	struct capture_server *server;

	if (g_mkdir_with_parents(config->capture.directory, 0700) != 0)
		return error_set(
		    error, "cannot make %s: %s", config->capture.directory, strerror(errno));
	server = capture_server_create(process_loop_base(loop), config->hostname,
	    config->capture.listen, config->capture.directory, tls, error);
	if (server == NULL)
		return false;
	process_report_ready(start);
	process_loop_run(loop);
	capture_server_destroy(server);
	return true;
}

int
process_capture(const struct process_start *start)
{
	const struct config *config = start->config;
	struct process_loop *loop;
	SSL_CTX *tls = NULL;
	struct error error;
	bool done;

	loop = process_loop_create(capture_process_on_stop, &loop, &error);
	done = loop != NULL;
	if (done && config->tls_certificate != NULL) {
		tls = tls_server_context(config->tls_certificate, config->tls_key, &error);
		done = tls != NULL;
	}
	done = done && capture_process_run(start, loop, tls, &error);
	SSL_CTX_free(tls);
	process_loop_destroy(loop);
	return done ? 0 : process_report_failed(start, &error);
}
