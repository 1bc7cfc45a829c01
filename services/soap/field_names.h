/* Names of fields that members are given values of. */
#ifndef SERVICES_SOAP_FIELD_NAMES_H
#define SERVICES_SOAP_FIELD_NAMES_H

#include <stdbool.h>

#include <glib.h>

#include "services/soap/exception_reason.h"

struct soap;
struct operation;

/* Trims the names, which are strings of their own. Whether each is a field's, and no two are one; if not, an exception is thrown. */
bool field_names_check(struct soap *soap, struct operation *operation, GPtrArray *names);

/* The same for who is no operation. Without DB_STATUS_OK error says what the database has; with it, reason (empty before) what is
 * wrong with the names. */
enum db_status field_names_examine(struct db_connection *connection, GPtrArray *names,
    struct exception_reason *reason, struct error *error);

#endif
