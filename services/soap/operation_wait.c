#include "services/soap/operation_wait.h"

#include "services/soap/login.h"

struct operation_wait *
operation_wait_create(struct soap *soap, const char *username, const char *password)
{
	struct operation *operation = soap->user;
	struct operation_wait *wait;

	if (!operation->may_wait)
		return NULL;
	wait = g_new0(struct operation_wait, 1);
	if (login_remembers(operation->login, operation_text(username), operation_text(password),
		&wait->account))
		return wait;
	operation_wait_free(wait);
	return NULL;
}

void
operation_wait_free(struct operation_wait *wait)
{
	if (wait == NULL)
		return;
	PQclear(wait->log.read.result);
	g_free(wait->address);
	g_free(wait);
}
