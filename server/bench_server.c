#include "server/bench_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/queue_list.h"

#include "server/dev.h"
#include "server/private_postgres.h"

enum { POLL_MICROSECONDS = 50000, STOP_SECONDS = 60 };

/* In the child. Its log is a file, whose end tells of what went wrong. */
static void __attribute__((noreturn)) server_exec(const struct bench_place *place)
{
	int out = open(place->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* A signal of the terminal is for the bench, which stops it; so does the bench's death. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (out >= 0 && in >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(out, STDERR_FILENO) >= 0)
		execl("/proc/self/exe", "bracemail", "serve", "--only", "relay", "--config",
		    place->config, (char *)NULL);
	_exit(1);
}

/* Why it ended: the last line of its log. */
static bool
server_tell_end(const struct bench_place *place, struct error *error)
{
	g_autofree char *text = NULL;
	char *line;

	if (!g_file_get_contents(place->log, &text, NULL, NULL) || *g_strchomp(text) == '\0')
		return error_set(error, "the server that is to be measured did not start");
	line = strrchr(text, '\n');
	return error_set(error, "the server that is to be measured did not start: %s",
	    line != NULL ? line + 1 : text);
}

/* Whether each worker has its connections to the database: before that it puts mail off. */
static bool
server_is_up(const struct bench_place *place)
{
	static const char mark[] = " worker-up ";
	g_autofree char *text = NULL;
	unsigned up = 0;

	if (!g_file_get_contents(place->log, &text, NULL, NULL))
		return false;
	for (const char *at = text; (at = strstr(at, mark)) != NULL; at += strlen(mark))
		up++;
	return up >= place->workers;
}

static bool
server_wait(struct bench_server *server, bool (*interrupted)(void), struct error *error)
{
	int64_t until = g_get_monotonic_time() + BENCH_START_SECONDS * CLOCK_SECOND;

	while (!server_is_up(server->place)) {
		if (interrupted())
			return error_set(error, "interrupted");
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
			server->pid = 0;
			return server_tell_end(server->place, error);
		}
		if (g_get_monotonic_time() > until)
			return error_set(error,
			    "the server that is to be measured was not ready within %d s",
			    BENCH_START_SECONDS);
		usleep(POLL_MICROSECONDS);
	}
	return true;
}

/* The account of 127.0.0.1. */
static bool
server_add_account(struct bench_server *server, struct error *error)
{
	g_autofree char *conninfo =
	    private_postgres_conninfo_served(server->place->data_dir, error);

	if (conninfo == NULL)
		return false;
	server->connection = db_connection_create(conninfo);
	return dev_account_ensure(server->connection, server->place->data_dir, error);
}

bool
bench_server_start(struct bench_server *server, const struct bench_place *place,
    bool (*interrupted)(void), struct error *error)
{
	*server = (struct bench_server){.place = place};
	server->pid = fork();
	if (server->pid < 0) {
		server->pid = 0;
		return error_set(error, "cannot start a process: %s", strerror(errno));
	}
	if (server->pid == 0)
		server_exec(place);
	return server_wait(server, interrupted, error) && server_add_account(server, error);
}

void
bench_server_stop(struct bench_server *server)
{
	int64_t until = g_get_monotonic_time() + STOP_SECONDS * CLOCK_SECOND;

	db_connection_destroy(server->connection);
	server->connection = NULL;
	if (server->pid <= 0)
		return;
	kill(server->pid, SIGTERM);
	while (waitpid(server->pid, NULL, WNOHANG) == 0) {
		if (g_get_monotonic_time() > until)
			kill(server->pid, SIGKILL);
		usleep(POLL_MICROSECONDS);
	}
	server->pid = 0;
}

static void
take_nothing(void *arg, const struct queue_destination *destination)
{
	(void)arg;
	(void)destination;
}

bool
bench_server_queue(struct bench_server *server, int64_t *deliveries, struct error *error)
{
	const struct queue_filter filter = {.limit = 1};
	struct queue_total total;

	if (queue_summary(server->connection, &filter, take_nothing, NULL, &total, error) !=
	    DB_STATUS_OK)
		return false;
	*deliveries = total.count.waiting + total.count.trying + total.count.held;
	return true;
}
