/* Names of fields that members are given values of. */
#ifndef SERVICES_SOAP_FIELD_NAMES_H
#define SERVICES_SOAP_FIELD_NAMES_H

#include <stdbool.h>

#include <glib.h>

struct soap;
struct operation;

/* Trims the names, which are strings of their own. Whether each is a field's, and no two are one; if not, an exception is thrown. */
bool field_names_check(struct soap *soap, struct operation *operation, GPtrArray *names);

#endif
