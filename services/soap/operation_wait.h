/*
 * Calls that wait for their reads together: several that came at the same time ask the database in one round trip.
 *
 *   __jango__X(soap, request, response)
 *       can be answered by one read, for an account that is remembered: returns SOAP_STOP, with operation->wait set
 *   db_read_all(the reads of all that wait)
 *   wait->resume(soap)
 *       takes what was read and sends the response by operation_respond()
 *
 * Between them soap serves other calls: what a call needs of its request it keeps in the wait. Whatever needs more than that returns SOAP_STOP without a wait, or from resume(): nothing was done, and the call must be
 * made alone, without operation->may_wait.
 */
#ifndef SERVICES_SOAP_OPERATION_WAIT_H
#define SERVICES_SOAP_OPERATION_WAIT_H

#include "db/account.h"
#include "db/campaign.h"
#include "db/smtp_log.h"

#include "services/soap/operation.h"

struct operation_wait {
	struct account account; /* whose call it is, as it was remembered */
	int32_t campaign_id;    /* whose log is read */
	char *address;
	struct smtp_log_read log;
	bool confirmed; /* the account is still what it was, and has that campaign */
	int (*resume)(struct soap *soap);
};

/* A wait with the account of that name and password, and nothing else yet. NULL: the call may not wait, or the account is not
 * remembered. */
struct operation_wait *operation_wait_create(
    struct soap *soap, const char *username, const char *password);

/* Takes NULL. */
void operation_wait_free(struct operation_wait *wait);

/* Sends the envelope with the response whose result is that text: a string, as the generated code would write it, for which it looks at
 * each character twice. name: of the operation, as the contract has it. Returns SOAP_OK or soap->error. */
int operation_respond(struct soap *soap, const char *name, const char *text);

#endif
