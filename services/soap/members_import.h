/* Many members out of one text: what both imports have in common. */
#ifndef SERVICES_SOAP_MEMBERS_IMPORT_H
#define SERVICES_SOAP_MEMBERS_IMPORT_H

struct soap;
struct operation;

/* As the caller gave it; any but data may be NULL. */
struct members_import {
	const char *group_name;
	const char *field_names;
	const char *data;
	const char *column_delimiter;
	const char *row_delimiter;
	const char *text_qualifier;
};

/* Imports every row or, when one is bad, none. Returns the value that the operation returns. */
int members_import(struct soap *soap, struct operation *operation,
    const struct members_import *import, char **result);

#endif
