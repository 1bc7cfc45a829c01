/*
 * The API's exceptions: what a caller sees of a failure, in each binding.
 *
 * SOAP: a fault whose faultstring is "<Name>Exception: <sentence>" and whose detail carries name and sentence.
 * Forms: the same line as text/plain. An operation throws by `return exception_throw(...)`.
 */
#ifndef SERVICES_SOAP_EXCEPTION_H
#define SERVICES_SOAP_EXCEPTION_H

#include "base/error.h"
#include "db/connection.h"

struct soap;

enum exception {
	EXCEPTION_BOUNCED_EMAIL_ADDRESS,
	EXCEPTION_CAMPAIGN_NOT_FOUND,
	EXCEPTION_CANNOT_SEND,
	EXCEPTION_DATABASE_UNAVAILABLE,
	EXCEPTION_DEFAULT_GROUP_NAME,
	EXCEPTION_DUPLICATE_EMAIL_ADDRESS,
	EXCEPTION_DUPLICATE_GROUP_FIELD,
	EXCEPTION_DUPLICATE_GROUP_NAME,
	EXCEPTION_DUPLICATE_IP_ADDRESS,
	EXCEPTION_DUPLICATE_USERNAME,
	EXCEPTION_EMPTY_MESSAGE,
	EXCEPTION_FILE_NOT_FOUND,
	EXCEPTION_GROUP_FIELD_NOT_FOUND,
	EXCEPTION_GROUP_MEMBER_NOT_FOUND,
	EXCEPTION_GROUP_NOT_FOUND,
	EXCEPTION_INTERNAL,
	EXCEPTION_INVALID_BOUNDARY,
	EXCEPTION_INVALID_CHARACTER_SET,
	EXCEPTION_INVALID_CONTACT,
	EXCEPTION_INVALID_DATE,
	EXCEPTION_INVALID_EMAIL_ADDRESS,
	EXCEPTION_INVALID_FIELD_COUNT,
	EXCEPTION_INVALID_FROM_NAME,
	EXCEPTION_INVALID_GROUP_FIELD,
	EXCEPTION_INVALID_GROUP_FILTER,
	EXCEPTION_INVALID_GROUP_NAME,
	EXCEPTION_INVALID_IMPORT_DATA,
	EXCEPTION_INVALID_IP_ADDRESS,
	EXCEPTION_INVALID_LOGIN,
	EXCEPTION_INVALID_OPTION,
	EXCEPTION_INVALID_REQUEST,
	EXCEPTION_INVALID_SECRET_TOKEN,
	EXCEPTION_INVALID_SUBJECT,
	EXCEPTION_INVALID_USERNAME,
	EXCEPTION_IP_ADDRESS_NOT_FOUND,
	EXCEPTION_NO_RECIPIENTS,
	EXCEPTION_NOT_SUPPORTED,
	EXCEPTION_RECIPIENT_NOT_FOUND,
	EXCEPTION_TOO_MANY_REQUESTS,
	EXCEPTION_TOO_MANY_ROWS,
	EXCEPTION_TRANSACTIONAL_ID_NOT_FOUND,
	EXCEPTION_UNKNOWN_OPERATION
};

/* "GroupNotFoundException" */
const char *exception_name(enum exception exception);

/* Makes the fault of this call. format: one sentence, printf form. Returns the value that the operation returns. */
int exception_throw(struct soap *soap, enum exception exception, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For a statement that did not end in DB_STATUS_OK, where no status of it has a meaning of its own. The reason goes to
 * the log, not to the caller. */
int exception_throw_database(struct soap *soap, enum db_status status, const struct error *error);

/* The call has no fault: what failed is tried otherwise. */
void exception_forget(struct soap *soap);

/* Makes what gSOAP itself found wrong (soap->error) a fault of the same form. Returns soap->error. */
int exception_throw_protocol(struct soap *soap);

/* "Name: sentence" of this call's fault. Lives as long as the call's data in soap. */
const char *exception_line(struct soap *soap);

#endif
