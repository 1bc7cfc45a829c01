/*
 * The API, from a request in memory to an answer in memory; it knows nothing of sockets. Any number of threads may
 * call soap_service_handle() at once, each with a database connection of its own.
 *
 *   POST /api.asmx             SOAP 1.1 and 1.2
 *   POST /api.asmx/Operation   a form
 *   GET  /api.asmx/Operation   the same as a query, where it is turned on
 *   GET  /api.asmx             a list of operations; ?op=NAME a page about one; ?WSDL the contract
 */
#ifndef SERVICES_SOAP_SOAP_SERVICE_H
#define SERVICES_SOAP_SOAP_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "base/error.h"
#include "db/connection.h"

struct report_claim;
struct soap_service;

struct soap_request {
	const char *method;       /* "GET", "POST", ... */
	const char *path;         /* decoded, without the query */
	const char *query;        /* as sent, without the question mark; "" for none */
	const char *content_type; /* "" for none */
	const char *host;         /* the Host header; "" for none */
	const char *scheme;       /* "http" or "https" */
	const char *client;       /* textual IP */
	const char *body;
	size_t body_length;
	bool has_waited; /* for as long as a response said: it is answered now */
};

struct soap_response {
	/* Milliseconds after which the request is to be handled again, as its account is guessed at: there is no answer yet.
	 * 0 as a rule. */
	int delay;
	int status;                        /* HTTP's; 0: there is no answer yet */
	const char *content_type;          /* a literal */
	GString *body;                     /* the caller's to free, and then: */
	struct report_claim *report_claim; /* report_claim_free(); NULL: none */
	/* For the access log; soap_response_forget() frees them. */
	const char *operation; /* that was called, as the contract writes it; NULL: none of it */
	char *account;         /* whose name and password were right; NULL: nobody's */
	char *exception;       /* "GroupNotFoundException"; NULL: none */
};

/* Frees what is for the access log, and forgets it. */
void soap_response_forget(struct soap_response *response);

struct soap_service_settings {
	/* Where callers reach the API ("https://api.example.net"); NULL: as each asked for it */
	const char *public_url;
	/* Operations are called by GET, too: passwords get into logs and histories */
	bool http_get;
	/* Where ImportGroupMembersFromFile finds FOLDER/<account id>/<name>; NULL: it is not offered */
	const char *import_folder;
	/* Connection string of a standby that reports may be read from; NULL: there is none */
	const char *reports_conninfo;
	unsigned reports_staleness; /* seconds that they may be old then; 0: none */
	/* What CreateAccount must know; NULL: it is not offered */
	const char *create_account_token;
	/* This machine's, for the sender of what the service itself mails */
	const char *hostname;
};

/* settings are copied. */
struct soap_service *soap_service_create(
    const struct soap_service_settings *settings, struct error *error);
void soap_service_destroy(struct soap_service *service);

/* The methods that a path of the API has, "GET, HEAD, OPTIONS, POST"; NULL: the path is none. */
const char *soap_service_methods(const struct soap_service *service, const char *path);

void soap_service_handle(struct soap_service *service, struct db_connection *database,
    const struct soap_request *request, struct soap_response *response);

/*
 * Calls that came at the same time, by one thread: what they read from the database is asked for in one round trip. soap_service_is_together()
 * says by a look at the request which may be. A response's status of 0 means that it takes more than that: nothing was done, and it
 * is to be handled alone, lest the others wait for it.
 */
enum { SOAP_SERVICE_TOGETHER_MAX = 32, SOAP_SERVICE_TOGETHER_BYTES = 16384 /* of a body */ };
bool soap_service_is_together(const struct soap_request *request);
void soap_service_handle_together(struct soap_service *service, struct db_connection *database,
    const struct soap_request *const *requests, struct soap_response *const *responses,
    unsigned count);

/* The answer to a request that there is no room for: TooManyRequestsException. Quick; needs no database. */
void soap_service_refuse(struct soap_service *service, const struct soap_request *request,
    struct soap_response *response);

/* Milliseconds that a request must wait before it is handled, if it is a call: who guesses passwords is slowed down. */
int soap_service_delay(struct soap_service *service, const struct soap_request *request);

#endif
