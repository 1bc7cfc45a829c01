/*
 * A recipient's server that takes all mail and keeps none, as smtp-sink does; it counts recipients, and may answer late: what
 * comes at one time is answered together, DELAY milliseconds afterwards, as by a server that is far away.
 *
 * usage: load-sink PORT DELAY
 *
 * Writes the count of recipients whose mail it has taken, a line each time it has changed, at most every 20 ms.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

enum { BACKLOG = 4096, SAY_MS = 20, END_BYTES = 5 };

static const char greeting[] = "220 sink.example.test ESMTP\r\n";
static const char end_of_text[] = "\r\n.\r\n";

struct sink {
	struct event_base *base;
	struct timeval delay;
	bool late;
	long taken, said; /* recipients */
};

struct session {
	struct sink *sink;
	struct bufferevent *stream;
	struct event *answer;
	struct evbuffer *replies; /* not sent yet */
	bool in_text, quits;
	long recipients;
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "load-sink: %s: %s\n", what, why);
	exit(1);
}

static void
session_close(struct session *session)
{
	event_free(session->answer);
	evbuffer_free(session->replies);
	bufferevent_free(session->stream);
	free(session);
}

static void
session_say(struct session *session, const char *reply)
{
	evbuffer_add(session->replies, reply, strlen(reply));
}

static bool
is_command(const char *line, const char *verb)
{
	return strncasecmp(line, verb, strlen(verb)) == 0;
}

static void
session_on_command(struct session *session, struct evbuffer *input, const char *line)
{
	if (is_command(line, "EHLO")) {
		session_say(session, "250-sink.example.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
	} else if (is_command(line, "DATA")) {
		session_say(session, "354 go on\r\n");
		session->in_text = true;
		evbuffer_prepend(input, "\r\n", 2); /* an empty text ends with its first line */
	} else if (is_command(line, "QUIT")) {
		session_say(session, "221 2.0.0 bye\r\n");
		session->quits = true;
	} else {
		if (is_command(line, "RCPT"))
			session->recipients++;
		else if (is_command(line, "MAIL") || is_command(line, "RSET"))
			session->recipients = 0;
		session_say(session, "250 2.0.0 ok\r\n");
	}
}

/* False when more must come first. */
static bool
session_read_command(struct session *session, struct evbuffer *input)
{
	char *line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF);

	if (line == NULL)
		return false;
	session_on_command(session, input, line);
	free(line);
	return true;
}

/* False when more must come first: what cannot be a part of the end is dropped then. */
static bool
session_read_text(struct session *session, struct evbuffer *input)
{
	size_t length = evbuffer_get_length(input);
	struct evbuffer_ptr end = evbuffer_search(input, end_of_text, END_BYTES, NULL);

	if (end.pos < 0) {
		if (length >= END_BYTES)
			evbuffer_drain(input, length - END_BYTES + 1);
		return false;
	}
	evbuffer_drain(input, (size_t)end.pos + END_BYTES);
	session->in_text = false;
	session->sink->taken += session->recipients;
	session->recipients = 0;
	session_say(session, "250 2.0.0 taken\r\n");
	return true;
}

static void
session_answer(evutil_socket_t socket, short events, void *arg)
{
	struct session *session = arg;

	(void)socket;
	(void)events;
	bufferevent_write_buffer(session->stream, session->replies);
}

/* At once. A client that writes a message in pieces, as OpenSMTPD does, would wait 40 ms for it in each. */
static void
session_acknowledge(struct session *session)
{
	int on = 1;

	setsockopt(bufferevent_getfd(session->stream), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static void
session_on_read(struct bufferevent *stream, void *arg)
{
	struct session *session = arg;
	struct evbuffer *input = bufferevent_get_input(stream);

	/* Clients may send the next command without waiting for the reply to the text. */
	while (session->in_text ? session_read_text(session, input)
				: session_read_command(session, input))
		continue;
	if (session->in_text)
		session_acknowledge(session);
	if (evbuffer_get_length(session->replies) == 0)
		return;
	if (!session->sink->late)
		session_answer(-1, 0, session);
	else if (!event_pending(session->answer, EV_TIMEOUT, NULL))
		event_add(session->answer, &session->sink->delay);
}

static void
session_on_written(struct bufferevent *stream, void *arg)
{
	struct session *session = arg;

	(void)stream;
	if (session->quits && evbuffer_get_length(session->replies) == 0)
		session_close(session);
}

static void
session_on_event(struct bufferevent *stream, short events, void *arg)
{
	(void)stream;
	(void)events;
	session_close(arg);
}

static void
sink_on_connection(struct evconnlistener *listener, evutil_socket_t socket,
    struct sockaddr *address, int length, void *arg)
{
	struct sink *sink = arg;
	struct session *session = calloc(1, sizeof(*session));

	(void)listener;
	(void)address;
	(void)length;
	if (session == NULL)
		die("session", strerror(errno));
	session->sink = sink;
	session->stream = bufferevent_socket_new(sink->base, socket, BEV_OPT_CLOSE_ON_FREE);
	session->replies = evbuffer_new();
	session->answer = event_new(sink->base, -1, 0, session_answer, session);
	bufferevent_setcb(
	    session->stream, session_on_read, session_on_written, session_on_event, session);
	bufferevent_enable(session->stream, EV_READ | EV_WRITE);
	session_say(session, greeting);
	session_answer(-1, 0, session);
}

static void
sink_on_refused(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	(void)arg;
	die("accept", strerror(errno));
}

static void
sink_tell(evutil_socket_t socket, short events, void *arg)
{
	struct sink *sink = arg;

	(void)socket;
	(void)events;
	if (sink->said == sink->taken)
		return;
	sink->said = sink->taken;
	if (printf("%ld\n", sink->taken) < 0 || fflush(stdout) != 0)
		exit(0); /* nobody reads it any more */
}

int
main(int argc, char *argv[])
{
	static const struct timeval often = {0, SAY_MS * 1000};
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sink sink = {.base = event_base_new()};
	struct evconnlistener *listener;
	struct event *tell;
	long delay_ms;

	if (argc != 3) {
		fprintf(stderr, "usage: load-sink PORT DELAY\n");
		return 2;
	}
	address.sin_port = htons((in_port_t)strtol(argv[1], NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	delay_ms = strtol(argv[2], NULL, 10);
	sink.late = delay_ms > 0;
	sink.delay = (struct timeval){delay_ms / 1000, delay_ms % 1000 * 1000};
	listener = evconnlistener_new_bind(sink.base, sink_on_connection, &sink,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, BACKLOG, (struct sockaddr *)&address,
	    sizeof(address));
	if (listener == NULL)
		die("listen", strerror(errno));
	evconnlistener_set_error_cb(listener, sink_on_refused);
	tell = event_new(sink.base, -1, EV_PERSIST, sink_tell, &sink);
	event_add(tell, &often);
	event_base_dispatch(sink.base);
	return 0;
}
