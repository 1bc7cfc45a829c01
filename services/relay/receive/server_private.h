/* What a server and its sessions share. Only for files of this folder, and their tests. */
#ifndef SERVICES_RELAY_RECEIVE_SERVER_PRIVATE_H
#define SERVICES_RELAY_RECEIVE_SERVER_PRIVATE_H

#include <glib.h>

#include "services/relay/receive/backend.h"
#include "services/relay/receive/client_count.h"
#include "services/relay/receive/memory_gate.h"
#include "services/relay/receive/receive.h"

struct event;

struct receive_server {
	struct event_base *base;
	const struct receive_settings *settings;
	SSL_CTX *tls;
	struct receive_backend *backend;
	struct memory_gate gate;
	struct client_count *clients;
	GPtrArray *sockets; /* struct bound_socket (listener.c) */
	GQueue sessions;    /* struct session, linked by themselves */
	bool draining;
	int64_t drain_ends;   /* until then clients that talk are served; microseconds, monotonic */
	struct event *patrol; /* looks meanwhile who has had his time */
	struct event *drained; /* made active when the last session of a draining server ends */
	struct event *linger;  /* the sockets close when it fires */
	void (*drain_done)(void *arg);
	void *drain_arg;
};

/* The reply that turns the client away, without CR LF, or NULL: client_count_leave() when it has gone. */
const char *receive_server_admit(struct receive_server *server, const char *address);

/* A session has unlinked itself. */
void receive_server_session_ended(struct receive_server *server);

#endif
