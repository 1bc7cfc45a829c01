/*
 * The links to unsubscribe (base/unsubscribe_link.h), from a request in memory to a page in memory; it knows nothing of
 * sockets, and of no login: who has the link may. Any number of threads may call it at once, each with a database
 * connection of its own.
 *
 *   GET  /u/TOKEN   a page that asks; changes nothing, for those who follow links to check them
 *   POST /u/TOKEN   with List-Unsubscribe=One-Click, of a mail provider or of that page (RFC 8058): unsubscribes
 */
#ifndef SERVICES_UNSUBSCRIBE_UNSUBSCRIBE_SERVICE_H
#define SERVICES_UNSUBSCRIBE_UNSUBSCRIBE_SERVICE_H

#include <stddef.h>

#include <glib.h>

#include "db/connection.h"

struct unsubscribe_service;

enum { UNSUBSCRIBE_BODY_MAX = 16 << 10 /* bytes of a POST; 413 beyond */ };

struct unsubscribe_request {
	const char *method;       /* "GET", "HEAD" or "POST" */
	const char *token;        /* what follows /u/ in the path */
	const char *content_type; /* "" for none */
	const char *body;
	size_t body_length;
};

struct unsubscribe_response {
	int status;    /* HTTP's */
	GString *page; /* HTML in UTF-8, the caller's */
};

struct unsubscribe_service *unsubscribe_service_create(void);
void unsubscribe_service_destroy(struct unsubscribe_service *service);

void unsubscribe_service_handle(struct db_connection *database,
    const struct unsubscribe_request *request, struct unsubscribe_response *response);

/* The answer to a request that there is no room for. Quick; needs no database. */
void unsubscribe_service_refuse(struct unsubscribe_response *response);

/* Header fields of every answer beside its type: name, value, ..., NULL. They live as long as the service. */
const char *const *unsubscribe_service_headers(const struct unsubscribe_service *service);

#endif
