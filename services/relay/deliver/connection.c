#include "services/relay/deliver/connection.h"

#include <assert.h>

#include <event2/event.h>

#include "base/metrics.h"

#include "services/relay/deliver/connection_set.h"
#include "services/relay/deliver/stream.h"

enum connection_state {
	CONNECTION_CONNECTING,
	CONNECTION_OPENING,  /* greetings */
	CONNECTION_SECURING, /* TLS handshake */
	CONNECTION_READY,
	CONNECTION_BUSY, /* a transaction */
	CONNECTION_LEAVING,
	CONNECTION_CLOSED
};

struct connection {
	struct connection_set *set;
	enum connection_state state;
	const struct connection_events *events;
	void *arg;
	char *where;
	const struct route_host *host; /* until it is ready */
	struct security security;
	struct stream *stream;
	struct client *client;
	struct event *timer;
	bool is_verified;       /* TLS, with a certificate as security.h has it */
	bool is_vouched;        /* its host's name is, and the certificate is for that */
	enum message_tls asked; /* by the mail that it was opened for */
	unsigned patience;      /* seconds that the timer was set to */
	GList leaving;          /* in set->leaving */
	struct error error;     /* why connect(2) failed at once */
};

static void connection_act(struct connection *connection, enum client_step step);

static void
connection_wait(struct connection *connection, unsigned seconds)
{
	struct timeval patience = {.tv_sec = (time_t)seconds};

	connection->patience = seconds;
	evtimer_add(connection->timer, &patience);
}

/* How long the server may take for what it has to do now. */
static unsigned
connection_patience(const struct connection *connection)
{
	const struct deliver_settings *settings = connection->set->settings;

	switch (connection->state) {
	case CONNECTION_CONNECTING:
	case CONNECTION_SECURING:
		return settings->connect_seconds;
	case CONNECTION_READY:
		return settings->idle_seconds;
	case CONNECTION_LEAVING:
		return CONNECTION_QUIT_SECONDS;
	default:
		return client_is_past_dot(connection->client) ? settings->final_seconds
							      : settings->reply_seconds;
	}
}

/* Sends what the client has to say, and of the content as much as the socket takes. */
static void
connection_flush(struct connection *connection)
{
	GString *output = client_output(connection->client);

	if (output->len == 0)
		return;
	for (;;) {
		stream_write(connection->stream, output->str, output->len);
		g_string_truncate(output, 0);
		if (stream_pending(connection->stream) > 0 ||
		    !client_has_content(connection->client))
			break;
		client_produce(connection->client);
	}
	connection_wait(connection, connection_patience(connection));
}

static enum metric_gauge
connection_gauge(const struct connection *connection)
{
	return connection->state == CONNECTION_READY ? METRIC_GAUGE_DELIVERY_IDLE
						     : METRIC_GAUGE_DELIVERY_BUSY;
}

static void
connection_enter(struct connection *connection, enum connection_state state)
{
	metrics_gauge_add(connection_gauge(connection), -1);
	connection->state = state;
	if (state != CONNECTION_CLOSED)
		metrics_gauge_add(connection_gauge(connection), 1);
}

static void
connection_fail(struct connection *connection, enum connection_failure failure)
{
	connection_enter(connection, CONNECTION_READY);
	connection->events->failed(connection->arg, failure, client_verdict(connection->client));
}

/* The last events of its life; the owner closes it. */
static void
connection_break(struct connection *connection, const char *code, const char *note,
    enum connection_failure failure)
{
	if (client_break(connection->client, code, note) == CLIENT_FAILED)
		connection_fail(connection, failure);
	else
		connection_act(connection, CLIENT_ENDED);
}

static void
connection_act(struct connection *connection, enum client_step step)
{
	switch (step) {
	case CLIENT_WAITS:
		break;
	case CLIENT_START_TLS:
		connection_enter(connection, CONNECTION_SECURING);
		connection_wait(connection, connection_patience(connection));
		stream_start_tls(connection->stream,
		    security_create_session(
			connection->set->tls, &connection->security, connection->host));
		break;
	case CLIENT_READY:
		connection->host = NULL;
		connection->security.domain = NULL;
		connection_enter(connection, CONNECTION_READY);
		connection->events->ready(connection->arg);
		break;
	case CLIENT_ENDED:
		connection_enter(connection, CONNECTION_READY);
		connection->events->ended(connection->arg);
		break;
	case CLIENT_FAILED:
		connection_fail(connection, CONNECTION_REFUSED);
		break;
	}
}

static void
connection_on_connected(void *arg)
{
	struct connection *connection = arg;

	connection_enter(connection, CONNECTION_OPENING);
	connection_wait(connection, connection_patience(connection));
}

static void
connection_count_tls(const struct connection *connection)
{
	bool is_13 = SSL_version(stream_tls(connection->stream)) == TLS1_3_VERSION;

	if (connection->is_verified)
		metrics_count(
		    is_13 ? METRIC_DELIVERY_TLS_13_VERIFIED : METRIC_DELIVERY_TLS_12_VERIFIED, 1);
	else
		metrics_count(is_13 ? METRIC_DELIVERY_TLS_13 : METRIC_DELIVERY_TLS_12, 1);
}

static void
connection_on_secured(void *arg)
{
	struct connection *connection = arg;
	char description[128];

	connection_enter(connection, CONNECTION_OPENING);
	security_describe(stream_tls(connection->stream), &connection->security, description,
	    sizeof(description));
	connection->is_verified = security_is_verified(stream_tls(connection->stream));
	connection_count_tls(connection);
	client_secured(connection->client, description);
	connection_flush(connection);
}

static void
connection_on_received(void *arg, const char *data, size_t length)
{
	struct connection *connection = arg;
	const char *end = data + length;
	enum client_step step;

	if (connection->state == CONNECTION_LEAVING) {
		connection_close(connection);
		return;
	}
	step = client_input(connection->client, &data, end);
	connection_flush(connection);
	connection_act(connection, step);
}

static void
connection_on_drained(void *arg)
{
	struct connection *connection = arg;

	if (connection->state == CONNECTION_LEAVING)
		return;
	if (client_has_content(connection->client))
		client_produce(connection->client);
	connection_flush(connection);
	connection_wait(connection, connection_patience(connection));
}

static void
connection_on_stream_failed(void *arg, enum stream_failure failure, const char *reason)
{
	struct connection *connection = arg;
	char note[256];

	if (connection->state == CONNECTION_LEAVING) {
		connection_close(connection);
		return;
	}
	if (connection->state == CONNECTION_SECURING) {
		g_snprintf(note, sizeof(note), "TLS failed: %s", reason);
		connection_break(connection, "4.7.5", note, CONNECTION_TLS_FAILED);
	} else if (failure == STREAM_CLOSED)
		connection_break(connection, "4.4.2", reason, CONNECTION_FAILED);
	else
		connection_break(connection,
		    connection->state == CONNECTION_CONNECTING ? "4.4.1" : "4.4.2", reason,
		    CONNECTION_FAILED);
}

static const struct stream_events connection_stream_events = {
    .connected = connection_on_connected,
    .secured = connection_on_secured,
    .received = connection_on_received,
    .drained = connection_on_drained,
    .failed = connection_on_stream_failed,
};

static void
connection_on_timeout(evutil_socket_t socket, short what, void *arg)
{
	struct connection *connection = arg;
	char note[64];

	(void)socket;
	(void)what;
	if (connection->stream == NULL) {
		connection_break(connection, "4.4.1", connection->error.text, CONNECTION_FAILED);
		return;
	}
	if (connection->state == CONNECTION_LEAVING) {
		connection_close(connection);
		return;
	}
	if (connection->state == CONNECTION_READY) {
		connection->events->rested(connection->arg);
		return;
	}
	g_snprintf(note, sizeof(note), "timed out after %u s", connection->patience);
	connection_break(connection, connection->state == CONNECTION_CONNECTING ? "4.4.1" : "4.4.2",
	    note,
	    connection->state == CONNECTION_SECURING ? CONNECTION_TLS_FAILED : CONNECTION_FAILED);
}

struct connection *
connection_open(struct connection_set *set, const struct route_host *host,
    const struct security *security, enum message_tls asked, const struct connection_events *events,
    void *arg)
{
	struct connection *connection = g_new0(struct connection, 1);

	connection->set = set;
	connection->state = CONNECTION_CONNECTING;
	metrics_gauge_add(METRIC_GAUGE_DELIVERY_BUSY, 1);
	connection->events = events;
	connection->arg = arg;
	connection->where = g_strdup(host->where);
	connection->host = host;
	connection->security = *security;
	/* By DANE, or by the host's own name alone. */
	connection->is_vouched = host->is_vouched &&
	    (security->check == SECURITY_CHECK_DANE || security->domain == NULL);
	connection->asked = asked;
	connection->leaving.data = connection;
	connection->client = client_create(set->settings->hostname, security->tls);
	if (set->settings->route == DELIVER_ROUTE_MX)
		client_refuse_itself(connection->client);
	connection->timer = evtimer_new(set->base, connection_on_timeout, connection);
	connection->stream = stream_connect(set->base, (const struct sockaddr *)&host->address,
	    host->address_length, &connection_stream_events, connection, &connection->error);
	connection_wait(
	    connection, connection->stream != NULL ? connection_patience(connection) : 0);
	return connection;
}

void
connection_set_owner(
    struct connection *connection, const struct connection_events *events, void *arg)
{
	connection->events = events;
	connection->arg = arg;
}

const char *
connection_where(const struct connection *connection)
{
	return connection->where;
}

bool
connection_is_verified(const struct connection *connection)
{
	return connection->is_verified;
}

bool
connection_suits(const struct connection *connection, enum message_tls asked)
{
	switch (asked) {
	case MESSAGE_TLS_USUAL:
		return connection->asked != MESSAGE_TLS_OPTIONAL;
	case MESSAGE_TLS_REQUIRED:
		return connection->is_verified && connection->is_vouched &&
		    client_offers_requiretls(connection->client);
	case MESSAGE_TLS_OPTIONAL:
		break;
	}
	return true;
}

struct client *
connection_client(struct connection *connection)
{
	return connection->client;
}

void
connection_begin(struct connection *connection, struct transaction *transaction)
{
	enum client_step step;

	assert(connection->state == CONNECTION_READY);
	connection_enter(connection, CONNECTION_BUSY);
	step = client_begin(connection->client, transaction);
	connection_flush(connection);
	connection_act(connection, step);
}

bool
connection_is_usable(const struct connection *connection)
{
	return connection->state == CONNECTION_READY && client_is_usable(connection->client) &&
	    client_transactions(connection->client) <
	    connection->set->settings->connection_messages;
}

bool
connection_is_past_dot(const struct connection *connection)
{
	return connection->state == CONNECTION_BUSY && client_is_past_dot(connection->client) &&
	    stream_pending(connection->stream) == 0;
}

void
connection_rest(struct connection *connection)
{
	assert(connection_is_usable(connection));
	connection_wait(connection, connection_patience(connection));
}

void
connection_leave(struct connection *connection)
{
	if (connection->state != CONNECTION_READY || !client_is_usable(connection->client)) {
		connection_close(connection);
		return;
	}
	client_quit(connection->client);
	connection_enter(connection, CONNECTION_LEAVING);
	g_queue_push_tail_link(&connection->set->leaving, &connection->leaving);
	connection_flush(connection);
}

void
connection_close(struct connection *connection)
{
	static const struct timeval soon = {0, 0};

	assert(connection->state != CONNECTION_CLOSED);
	if (connection->state == CONNECTION_LEAVING)
		g_queue_unlink(&connection->set->leaving, &connection->leaving);
	connection_enter(connection, CONNECTION_CLOSED);
	event_free(connection->timer);
	stream_destroy(connection->stream);
	client_destroy(connection->client);
	g_free(connection->where);
	g_ptr_array_add(connection->set->closed, connection);
	evtimer_add(connection->set->reaper, &soon);
}
