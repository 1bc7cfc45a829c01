/* What SendTransactionalEmail and SendMassEmail have in common: the message that they are given, and its options. */
#ifndef SERVICES_SOAP_SEND_MESSAGE_H
#define SERVICES_SOAP_SEND_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/composition.h"
#include "db/connection.h"

struct soap;
struct operation;

enum { SEND_SUBJECT_CHARACTERS = 1000, SEND_FROM_NAME_CHARACTERS = 255 };

/* As the caller gave it: any string may be NULL. */
struct send_message {
	const char *from_email;
	const char *from_name;
	const char *subject;
	const char *message_plain;
	const char *message_html;
	const char *raw_message; /* a MIME entity in place of both */
	const char *options;
};

/* Whether Options can be read; if not, InvalidOptionException is thrown. */
bool send_message_options_check(struct soap *soap, const char *options);

/* Checks it all. The caller's to composition_unref(); NULL when something is wrong with it: thrown. */
struct composition *send_message_compose(
    struct soap *soap, const struct operation *operation, const struct send_message *message);

/* For a message or campaign that the database did not store. Returns the value that the operation returns. */
int send_message_throw(struct soap *soap, const struct operation *operation, enum db_status status,
    const struct error *error);

/* The value of an option (name: any case), the caller's to g_free(); NULL when it is not given. options: checked. */
char *send_message_option(const char *options, const char *name);

#endif
