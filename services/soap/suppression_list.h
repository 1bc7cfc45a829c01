/*
 * What the operations on the bounce list and the unsubscribe list have in common. Each function is an
 * operation but for the types of its request and its response, and returns what that returns.
 */
#ifndef SERVICES_SOAP_SUPPRESSION_LIST_H
#define SERVICES_SOAP_SUPPRESSION_LIST_H

#include "db/suppression_report.h"
#include "db/suppressed.h"

#include "services/soap/operation.h"

/* Parameters as they came. */
struct suppression_entry {
	enum suppression_kind list;
	const char *username;
	const char *password;
	const char *address;
};

/* "0\nSUCCESS\n<id>", whether the entry is new or was there. */
int suppression_list_add(struct soap *soap, const struct suppression_entry *entry, char **result);

/* "0\nSUCCESS" or "3\nNot Found". */
int suppression_list_check(struct soap *soap, const struct suppression_entry *entry, char **result);

/* "0\nSUCCESS\n<id>" or "3\nNot Found". */
int suppression_list_delete(
    struct soap *soap, const struct suppression_entry *entry, char **result);

/* What a line of a list holds. */
enum suppression_line {
	SUPPRESSION_LINE_ADDRESS,
	SUPPRESSION_LINE_CODES /* address, SMTP code, True or False for definitive: between tabs */
};

struct suppression_query {
	enum suppression_selection selection;
	enum suppression_line line;
	const char *username;
	const char *password;
	const char *since;
};

/* "0\nSUCCESS\n" and then the lines, with a line feed between two. */
int suppression_list_read(struct soap *soap, const struct suppression_query *query, char **result);

/* The word of .NET for a boolean in text. */
static inline const char *
suppression_word(bool is_true)
{
	return is_true ? "True" : "False";
}

#endif
