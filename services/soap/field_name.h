/* Names of e-mail groups' fields, as callers of the API give them. */
#ifndef SERVICES_SOAP_FIELD_NAME_H
#define SERVICES_SOAP_FIELD_NAME_H

#include <stdbool.h>

#include "base/error.h"

/* name: UTF-8, trimmed. error: what is wrong with it, as the end of a sentence ("is empty"). */
bool field_name_check(const char *name, struct error *error);

/* Whether the name, trimmed, means the address itself, which is no field. */
bool field_name_is_address(const char *name);

#endif
