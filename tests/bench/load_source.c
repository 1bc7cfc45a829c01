/*
 * Sends mail through a relay as smtp-source does, and by STARTTLS too: sessions that are kept, each taking the next message as
 * soon as it has its reply. The text does not repeat, so that compressing it gains little: words below 64 KiB, base64 from there on.
 *
 * usage: load-source PORT MESSAGES SESSIONS BYTES RECIPIENTS plain|starttls
 *
 * Exits 0 when 127.0.0.1:PORT has answered 250 to every message, 1 with the reply or the reason when it has not.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>

enum { LINE_BYTES = 76, ATTACHMENT_BYTES = 64 << 10, WORDS = 2000, WORD_MAX = 11 };
enum { SILENCE_SECONDS = 120 };

static const char header[] = "From: <from@client.example.test>\r\n"
			     "To: <to@recipient.example.test>\r\n"
			     "Date: Mon, 1 Jun 2026 12:00:00 +0000\r\n"
			     "Message-Id: <bench@client.example.test>\r\n"
			     "Subject: Bench {Bench}\r\n"
			     "\r\n";
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum state {
	STATE_GREETING,
	STATE_EHLO,
	STATE_STARTTLS,
	STATE_EHLO_AGAIN,
	STATE_MAIL,
	STATE_RCPT,
	STATE_DATA,
	STATE_TEXT
};

struct source {
	struct event_base *base;
	struct sockaddr_in address;
	long unsent, unanswered; /* messages */
	int recipients;
	SSL_CTX *tls; /* NULL: plain */
	char *text;   /* header, body and the dot */
	size_t length;
};

struct session {
	struct source *source;
	struct bufferevent *stream;
	enum state state;
	int recipients; /* answered */
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "load-source: %s: %s\n", what, why);
	exit(1);
}

static void session_on_read(struct bufferevent *stream, void *arg);
static void session_on_event(struct bufferevent *stream, short events, void *arg);

static void
session_use(struct session *session, struct bufferevent *stream)
{
	static const struct timeval silence = {SILENCE_SECONDS, 0};

	if (stream == NULL)
		die("session", "no memory");
	session->stream = stream;
	bufferevent_setcb(stream, session_on_read, NULL, session_on_event, session);
	bufferevent_set_timeouts(stream, &silence, &silence);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
}

static void
session_say(struct session *session, enum state state, const char *line)
{
	session->state = state;
	bufferevent_write(session->stream, line, strlen(line));
}

static void
session_start_tls(struct session *session)
{
	evutil_socket_t socket = bufferevent_getfd(session->stream);
	SSL *tls = SSL_new(session->source->tls);

	bufferevent_setfd(session->stream, -1);
	bufferevent_free(session->stream);
	session_use(session,
	    bufferevent_openssl_socket_new(session->source->base, socket, tls,
		BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE));
}

/* The next message, if any is left: else the session stays as it is until all have their replies. */
static void
session_next(struct session *session)
{
	if (session->source->unsent == 0)
		return;
	session->source->unsent--;
	session->recipients = 0;
	session_say(session, STATE_MAIL, "MAIL FROM:<from@client.example.test>\r\n");
}

static void
session_recipient(struct session *session)
{
	char line[64];

	snprintf(
	    line, sizeof(line), "RCPT TO:<%dto@recipient.example.test>\r\n", session->recipients);
	session_say(session, STATE_RCPT, line);
}

static void
session_on_reply(struct session *session)
{
	struct source *source = session->source;

	switch (session->state) {
	case STATE_GREETING:
		session_say(session, STATE_EHLO, "EHLO client.example.test\r\n");
		break;
	case STATE_EHLO:
		if (source->tls != NULL)
			session_say(session, STATE_STARTTLS, "STARTTLS\r\n");
		else
			session_next(session);
		break;
	case STATE_STARTTLS:
		session_start_tls(session);
		break;
	case STATE_EHLO_AGAIN:
		session_next(session);
		break;
	case STATE_MAIL:
		session_recipient(session);
		break;
	case STATE_RCPT:
		if (++session->recipients < source->recipients)
			session_recipient(session);
		else
			session_say(session, STATE_DATA, "DATA\r\n");
		break;
	case STATE_DATA:
		session->state = STATE_TEXT;
		evbuffer_add_reference(bufferevent_get_output(session->stream), source->text,
		    source->length, NULL, NULL);
		break;
	case STATE_TEXT:
		if (--source->unanswered == 0)
			event_base_loopbreak(source->base);
		else
			session_next(session);
		break;
	}
}

static void
session_on_read(struct bufferevent *stream, void *arg)
{
	struct session *session = arg;
	char *line;

	/* After STARTTLS's reply the stream is another one. */
	while (stream == session->stream &&
	    (line = evbuffer_readln(bufferevent_get_input(stream), NULL, EVBUFFER_EOL_CRLF)) !=
		NULL) {
		char expected = session->state == STATE_DATA ? '3' : '2';

		if (line[0] != expected)
			die("the relay answers", line);
		if (strlen(line) < 4 || line[3] != '-')
			session_on_reply(session);
		free(line);
	}
}

static void
session_on_event(struct bufferevent *stream, short events, void *arg)
{
	struct session *session = arg;

	if (events & BEV_EVENT_CONNECTED) {
		int on = 1;

		setsockopt(bufferevent_getfd(stream), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (session->state == STATE_STARTTLS)
			session_say(session, STATE_EHLO_AGAIN, "EHLO client.example.test\r\n");
		return;
	}
	if (bufferevent_get_openssl_error(stream) != 0)
		die("session", "TLS failed");
	if (events & BEV_EVENT_TIMEOUT)
		die("session", "no reply in time");
	die("session", events & BEV_EVENT_EOF ? "the relay ended it" : strerror(errno));
}

static void
session_open(struct source *source)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		die("session", strerror(errno));
	session->source = source;
	session_use(session, bufferevent_socket_new(source->base, -1, BEV_OPT_CLOSE_ON_FREE));
	if (bufferevent_socket_connect(
		session->stream, (struct sockaddr *)&source->address, sizeof(source->address)) != 0)
		die("connect", strerror(errno));
}

static void
text_add_attachment(char *line)
{
	for (int i = 0; i < LINE_BYTES; i++)
		line[i] = letters[random() % (long)(sizeof(letters) - 1)];
}

static void
text_add_words(char *line, char words[][WORD_MAX + 1])
{
	size_t used = 0;

	while (used < LINE_BYTES) {
		const char *word = words[random() % WORDS];
		size_t length = strlen(word);

		for (size_t i = 0; i < length && used < LINE_BYTES - 1; i++)
			line[used++] = word[i];
		line[used++] = ' ';
	}
	line[LINE_BYTES - 1] = '.';
}

/* `bytes` in all, or the header and one line. */
static void
source_make_text(struct source *source, size_t bytes)
{
	static char words[WORDS][WORD_MAX + 1];
	size_t lines = bytes > sizeof(header) ? (bytes - sizeof(header)) / (LINE_BYTES + 2) : 0;
	char *end;

	for (int i = 0; i < WORDS; i++)
		for (long letter = 0, length = 2 + random() % (WORD_MAX - 1); letter < length;
		     letter++)
			words[i][letter] = letters[26 + random() % 26];
	source->text = malloc(sizeof(header) + (lines + 1) * (LINE_BYTES + 2) + sizeof(".\r\n"));
	if (source->text == NULL)
		die("text", strerror(errno));
	end = stpcpy(source->text, header);
	for (size_t line = 0; line < lines || line == 0; line++) {
		if (bytes >= ATTACHMENT_BYTES)
			text_add_attachment(end);
		else
			text_add_words(end, words);
		end = stpcpy(end + LINE_BYTES, "\r\n");
	}
	end = stpcpy(end, ".\r\n");
	source->length = (size_t)(end - source->text);
}

static long
number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (value < 1 || *end != '\0')
		die(text, "a number from 1 is wanted");
	return value;
}

int
main(int argc, char *argv[])
{
	struct source source = {.address = {.sin_family = AF_INET}};
	long sessions;

	if (argc != 7 || (strcmp(argv[6], "plain") != 0 && strcmp(argv[6], "starttls") != 0)) {
		fprintf(stderr,
		    "usage: load-source PORT MESSAGES SESSIONS BYTES RECIPIENTS plain|starttls\n");
		return 2;
	}
	source.address.sin_port = htons((in_port_t)number(argv[1]));
	source.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	source.unsent = source.unanswered = number(argv[2]);
	sessions = number(argv[3]);
	source_make_text(&source, (size_t)number(argv[4]));
	source.recipients = (int)number(argv[5]);
	if (strcmp(argv[6], "starttls") == 0 &&
	    (source.tls = SSL_CTX_new(TLS_client_method())) == NULL)
		die("TLS", "no context");
	source.base = event_base_new();
	for (long i = 0; i < sessions && i < source.unsent; i++)
		session_open(&source);
	event_base_dispatch(source.base);
	return 0;
}
