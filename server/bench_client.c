#include "server/bench_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"

enum { REPLY_SIZE = 1024, COMMANDS_SIZE = 256, REPLY_SECONDS = 60, PROGRESS_MICROSECONDS = 100000 };

struct bench_run {
	const struct bench_load *load;
	char *message; /* with its end, as on the wire */
	size_t length;
	atomic_uint taken; /* of load->messages: begun */
	atomic_uint accepted, refused, running, sessions;
	pthread_mutex_t mutex; /* for what follows */
	GArray *latencies;     /* guint32, microseconds */
	struct error problem;
};

struct bench_session {
	struct bench_run *run;
	unsigned number; /* from 1 */
	int fd;
	FILE *replies; /* of fd */
	char reply[REPLY_SIZE];
};

static bool
session_connect(struct bench_session *session)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)session->run->load->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = REPLY_SECONDS};

	g_strlcpy(session->reply, "the connection broke", sizeof(session->reply));
	session->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (session->fd < 0)
		return false;
	setsockopt(session->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(session->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(session->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		session->replies = fdopen(session->fd, "re");
	if (session->replies == NULL)
		close(session->fd);
	return session->replies != NULL;
}

/* Whether the next reply is of that class ('2', '3'). */
static bool
session_expect(struct bench_session *session, char class)
{
	do {
		if (fgets(session->reply, sizeof(session->reply), session->replies) == NULL) {
			g_strlcpy(session->reply, "the connection broke", sizeof(session->reply));
			return false;
		}
	} while (strlen(session->reply) > 3 && session->reply[3] == '-');
	g_strchomp(session->reply);
	return session->reply[0] == class;
}

static bool
session_say(struct bench_session *session, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(session->fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		bytes += sent;
		length -= (size_t)sent;
	}
	return true;
}

static void
run_add(struct bench_run *run, guint32 latency)
{
	atomic_fetch_add(&run->accepted, 1);
	pthread_mutex_lock(&run->mutex);
	g_array_append_val(run->latencies, latency);
	pthread_mutex_unlock(&run->mutex);
}

static void
run_refuse(struct bench_run *run, const char *reply)
{
	if (atomic_fetch_add(&run->refused, 1) > 0)
		return;
	pthread_mutex_lock(&run->mutex);
	error_set(&run->problem, "%.400s", reply);
	pthread_mutex_unlock(&run->mutex);
}

/* The commands go together (PIPELINING, RFC 2920). */
static bool
session_send(struct bench_session *session)
{
	char commands[COMMANDS_SIZE];
	int64_t began;

	g_snprintf(commands, sizeof(commands),
	    "MAIL FROM:<bench@" BENCH_DOMAIN ">\r\nRCPT TO:<sink@d%u." BENCH_DOMAIN ">\r\nDATA\r\n",
	    session->number);
	if (!session_say(session, commands, strlen(commands)) || !session_expect(session, '2') ||
	    !session_expect(session, '2') || !session_expect(session, '3') ||
	    !session_say(session, session->run->message, session->run->length))
		return false;
	began = g_get_monotonic_time();
	if (!session_expect(session, '2'))
		return false;
	run_add(session->run, (guint32)(g_get_monotonic_time() - began));
	return true;
}

static bool
run_goes_on(struct bench_run *run)
{
	return !run->load->interrupted() && g_get_monotonic_time() < run->load->until &&
	    atomic_fetch_add(&run->taken, 1) < run->load->messages;
}

/* A session that is refused something ends: its server is not in order. */
static void *
session_run(void *arg)
{
	struct bench_session session = {.run = arg};
	static const char hello[] = "EHLO " BENCH_DOMAIN "\r\n", quit[] = "QUIT\r\n";
	bool works;

	session.number = atomic_fetch_add(&session.run->sessions, 1) + 1;
	works = session_connect(&session) && session_expect(&session, '2') &&
	    session_say(&session, hello, sizeof(hello) - 1) && session_expect(&session, '2');

	while (works && run_goes_on(session.run))
		works = session_send(&session);
	if (!works)
		run_refuse(session.run, session.reply);
	else
		session_say(&session, quit, sizeof(quit) - 1);
	if (session.replies != NULL)
		fclose(session.replies);
	atomic_fetch_sub(&session.run->running, 1);
	return NULL;
}

static void
run_make_message(struct bench_run *run)
{
	static const char line[] =
	    "What a message says does not matter here, but that it has lines of a usual length.\r\n";
	GString *message = g_string_new("From: bench@" BENCH_DOMAIN "\r\nTo: sink@" BENCH_DOMAIN
					"\r\nSubject: A message {Bench}\r\n\r\n");
	size_t end = message->len + run->load->bytes;

	while (message->len < end)
		g_string_append(message, line);
	g_string_append(message, ".\r\n");
	run->length = message->len;
	run->message = g_string_free(message, FALSE);
}

static gint
latency_compare(gconstpointer left, gconstpointer right)
{
	guint32 one = *(const guint32 *)left, other = *(const guint32 *)right;

	return (one > other) - (one < other);
}

static double
latency_at(const GArray *latencies, double share)
{
	guint index = (guint)(share * (double)latencies->len);

	if (latencies->len == 0)
		return 0;
	return (double)g_array_index(latencies, guint32, MIN(index, latencies->len - 1)) /
	    CLOCK_SECOND;
}

static unsigned
run_start(struct bench_run *run, pthread_t *threads)
{
	unsigned started = 0;

	atomic_store(&run->running, run->load->sessions);
	while (started < run->load->sessions &&
	    pthread_create(&threads[started], NULL, session_run, run) == 0)
		started++;
	if (started < run->load->sessions)
		run_refuse(run, "no thread for another session");
	atomic_fetch_sub(&run->running, run->load->sessions - started);
	return started;
}

void
bench_client_send(const struct bench_load *load, struct bench_sent *sent)
{
	struct bench_run run = {.load = load, .mutex = PTHREAD_MUTEX_INITIALIZER};
	g_autofree pthread_t *threads = g_new(pthread_t, load->sessions);
	int64_t began = g_get_monotonic_time();
	unsigned started;

	run.latencies = g_array_sized_new(FALSE, FALSE, sizeof(guint32), load->messages);
	run_make_message(&run);
	started = run_start(&run, threads);
	while (atomic_load(&run.running) > 0) {
		load->progress(load->arg, atomic_load(&run.accepted));
		usleep(PROGRESS_MICROSECONDS / 10);
	}
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	g_array_sort(run.latencies, latency_compare);
	*sent = (struct bench_sent){
	    .accepted = atomic_load(&run.accepted),
	    .refused = atomic_load(&run.refused),
	    .seconds = (double)(g_get_monotonic_time() - began) / CLOCK_SECOND,
	    .median = latency_at(run.latencies, 0.5),
	    .p99 = latency_at(run.latencies, 0.99),
	    .problem = run.problem,
	};
	g_array_free(run.latencies, TRUE);
	g_free(run.message);
}
