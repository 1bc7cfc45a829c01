/*
 * ToGroupFilter: which members of the groups a campaign goes to, as an SQL condition on their fields.
 *
 *   City = 'Dayton' AND (Age >= 30 OR NOT [Last Name] LIKE 'A%') AND State IN ('OH', 'KY') AND Phone IS NOT NULL
 *
 * Compared are, regardless of case, strings in single quotes, and numbers with fields that are numbers. A field that a member does not
 * have is empty, and so is NULL. A name that is no word stands in [brackets] or "double quotes". The condition becomes an SQL/JSON
 * path (PostgreSQL's jsonpath), which travels as a parameter: no part of it is ever SQL.
 */
#ifndef SERVICES_SOAP_GROUP_FILTER_H
#define SERVICES_SOAP_GROUP_FILTER_H

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"

enum { GROUP_FILTER_CHARACTERS = 10000, GROUP_FILTER_DEPTH = 50 /* of parentheses and NOTs */ };

/* The key that values of a field are kept under (g_free); NULL: there is no such field, and error says so. */
typedef char *group_filter_key(void *arg, const char *field_name, struct error *error);

/* The path, the caller's to g_free(). NULL: error says what is wrong with the filter, as a sentence without its full stop. */
char *group_filter_compile(
    const char *filter, group_filter_key *key, void *arg, struct error *error);

#endif
