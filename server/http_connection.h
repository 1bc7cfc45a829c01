/*
 * A client's connection: reads one request after the other (RFC 9112 9.3), hands each over whole and sends its answer before
 * it reads the next. Of what a client sends ahead no more than HTTP_READ_AHEAD_BYTES is kept.
 *
 * Silence, a request that does not end and an answer that is not read end it (struct http_limits). After the last answer the
 * client is given HTTP_LINGER_SECONDS to close, for what it still sends would make the answer's end get lost (RFC 9112 9.6).
 */
#ifndef SERVER_HTTP_CONNECTION_H
#define SERVER_HTTP_CONNECTION_H

#include <openssl/ssl.h>

#include "server/http_request.h"

struct bufferevent;
struct event;
struct event_base;
struct evbuffer;
struct http_connection;

struct http_connection_calls {
	/* A request is whole, or refused (its status says why): the callee's, who calls http_connection_answer() once, now
	 * or later. */
	void (*asked)(void *arg, struct http_connection *connection, struct http_request *request);
	/* The last byte of an answer has left. */
	void (*answered)(void *arg, struct http_connection *connection);
	/* It is no more, whether an answer was awaited or not. */
	void (*ended)(void *arg, struct http_connection *connection);
};

struct http_connection_settings {
	SSL_CTX *tls; /* NULL: plain */
	const struct http_limits *limits;
	struct http_budget *budget;
	const struct http_connection_calls *calls;
	void *arg;
};

enum { HTTP_READ_AHEAD_BYTES = 16384 }; /* as much as one read of the socket */

enum http_connection_state {
	HTTP_CONNECTION_READING,
	HTTP_CONNECTION_WORKING, /* an answer is awaited */
	HTTP_CONNECTION_WRITING,
	HTTP_CONNECTION_LINGERING
};

struct http_connection {
	const struct http_connection_settings *settings;
	char *address; /* of the peer, textual */
	void *work;    /* the owner's, while an answer is awaited */
	/* The rest is its own. */
	enum http_connection_state state;
	struct bufferevent *stream;
	struct event *deadline;
	struct http_request *request; /* being read, or NULL */
	bool closes;                  /* after the answer */
	bool is_cut;                  /* the request was refused before its end */
};

/* Takes the descriptor. settings and what they name must outlive it; a new tls is for connections from then on. */
struct http_connection *http_connection_create(struct event_base *base, int fd, const char *address,
    const struct http_connection_settings *settings);

/* It is one too many: asked() is called at once, with a request that is refused by 503. */
void http_connection_refuse(struct http_connection *connection);

/* Sends what the buffer holds, which is emptied. */
enum http_connection_after { HTTP_CONNECTION_KEEP, HTTP_CONNECTION_CLOSE };
void http_connection_answer(
    struct http_connection *connection, struct evbuffer *answer, enum http_connection_after after);

/* Ends it as it is. ended() is called. */
void http_connection_end(struct http_connection *connection);

#endif
