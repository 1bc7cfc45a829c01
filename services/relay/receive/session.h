/*
 * One client's connection, from the greeting to the end. It frees itself when the connection has ended.
 */
#ifndef SERVICES_RELAY_RECEIVE_SESSION_H
#define SERVICES_RELAY_RECEIVE_SESSION_H

#include <event2/util.h>

struct receive_listener;
struct receive_server;
struct session;

/* Takes fd, a connected non-blocking socket. address: the client's textual IP, welcomed by receive_server_admit(). */
void session_start(struct receive_server *server, const struct receive_listener *listener,
    evutil_socket_t fd, const char *address);

/* The same, where address is a balancer's, which says first who its client is. */
void session_start_proxied(struct receive_server *server, const struct receive_listener *listener,
    evutil_socket_t fd, const char *address);

/* server->draining is true: ends it if its time has come. May free the session. */
void session_drain(struct session *session);

/* Ends it at once, without a word. */
void session_destroy(struct session *session);

#endif
