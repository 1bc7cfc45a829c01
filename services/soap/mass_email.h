/* What SendMassEmail and its sisters have in common: to whom, and the sending. */
#ifndef SERVICES_SOAP_MASS_EMAIL_H
#define SERVICES_SOAP_MASS_EMAIL_H

#include <stdbool.h>

struct composition;
struct operation;
struct soap;

/* As the caller gave it: any string may be NULL. */
struct mass_email_to {
	const char *groups;
	const char *group_filter;
	const char *other;
	const char *web_database;
};

/* Whether nothing is asked that is not offered (ToWebDatabase); if not, NotSupportedException is thrown. */
bool mass_email_to_check(struct soap *soap, const struct mass_email_to *to);

/* Sends it as a new campaign. composition: NULL when something was thrown; freed. Returns the value that the operation returns. */
int mass_email_send(struct soap *soap, struct operation *operation, struct composition *composition,
    const struct mass_email_to *to, char **result);

#endif
