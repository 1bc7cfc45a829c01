/*
 * One call of one operation, and what all operations have in common.
 *
 * gSOAP calls a function for each operation, named and typed by the contract:
 *
 *   int __jango__AddGroup(struct soap *, struct _jango__AddGroup *request, struct _jango__AddGroupResponse *response)
 *
 * It returns SOAP_OK with the response filled, or what exception_throw() returned. Every string of a request may be
 * NULL (the caller left it out): operation_text() makes it "". Memory of the response is soap's (soap_malloc()).
 * These functions live in one file per family: groups.c, members.c, send_mass_email.c, ...
 */
#ifndef SERVICES_SOAP_OPERATION_H
#define SERVICES_SOAP_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <soapH.h>

#include "base/error.h"
#include "db/connection.h"

#include "services/soap/exception.h"

enum { OPERATION_NAME_BYTES = 64 };

struct login;
struct report_claim;
struct report_memory;
struct report_writer;
struct campaign_days;
struct db_standby;
struct operation_wait;

/* soap->user while a call is served. */
struct operation {
	struct login *login;
	struct db_connection *database;
	struct db_standby *standby;       /* that reports may be read from; NULL: there is none */
	bool is_at_standby;               /* database is, and what fails is asked of the primary */
	const char *client;               /* textual IP */
	const char *import_folder;        /* NULL: there is none */
	const char *create_account_token; /* NULL: nobody may */
	const char *hostname;
	bool has_waited; /* for the guesses at its account before it */
	int delay; /* milliseconds to come back after: nothing was done yet, whatever was thrown; or 0 */
	int64_t account_id; /* whose call it is, after operation_begin() */
	char *account;      /* then: its name, the caller's to g_free(); NULL: nobody's yet */
	char name
	    [OPERATION_NAME_BYTES]; /* the element that was called, whether there is such an operation or not */
	struct campaign_days *campaign_days;
	bool may_wait;               /* with others: see services/soap/operation_wait.h */
	struct operation_wait *wait; /* services/soap/operation_wait.h; or NULL */
	struct report_memory *report_memory;
	struct report_writer *report; /* what the response points into; NULL: no report */
	struct report_claim
	    *report_claim; /* while there is an answer with a report; the caller's */
};

/* Checks name and password. NULL when they are wrong or cannot be checked: return soap->error then. */
struct operation *operation_begin(struct soap *soap, const char *username, const char *password);

static inline const char *
operation_text(const char *parameter)
{
	return parameter != NULL ? parameter : "";
}

/* A copy without the white space around it, in soap's memory. */
char *operation_trimmed(struct soap *soap, const char *parameter);

/* The name, trimmed, in soap's memory; NULL when it is none: InvalidGroupNameException is thrown. */
const char *operation_group_name(struct soap *soap, const char *name);

/* The address without the white space around it, in soap's memory; NULL when it is none: InvalidEmailAddressException
 * is thrown. parameter: its name, for the sentence. */
const char *operation_address(struct soap *soap, const char *parameter, const char *address);

/* Finds an e-mail group; GroupNotFoundException is thrown when there is none (or the database failed). */
bool operation_find_group(
    struct soap *soap, struct operation *operation, const char *name, int32_t *group_id);

/* Whether the account has that campaign; if not, CampaignNotFoundException is thrown. */
bool operation_find_campaign(struct soap *soap, struct operation *operation, int32_t campaign_id);

/* Throws CampaignNotFoundException. */
int operation_throw_no_campaign(struct soap *soap, int32_t campaign_id);

/* Throws GroupNotFoundException. */
int operation_throw_no_group(struct soap *soap, const char *name);

/* Throws GroupFieldNotFoundException. */
int operation_throw_no_field(struct soap *soap, const char *name);

/* "0\nSUCCESS\n<id>" as the result of an operation that changed something. */
int operation_succeed(struct soap *soap, char **result, int64_t id);

/* Text as a string result; what XML cannot hold is replaced. text is freed. */
int operation_answer(struct soap *soap, char **result, GString *text);

#endif
