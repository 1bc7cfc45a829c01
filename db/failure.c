#include "db/failure.h"

#include <stdio.h>
#include <string.h>

#include "db/account_limit.h"

/* By SQLSTATE, or by its class (two characters). The first that fits counts; all others are FAILURE_CONTENT. */
static const struct {
	const char *sqlstate;
	enum failure_meaning meaning;
} failure_meanings[] = {
    {"40001", FAILURE_CONFLICT},
    {"40P01", FAILURE_CONFLICT},
    {"55P03", FAILURE_CONFLICT},
    {"25006", FAILURE_READ_ONLY},
    {ACCOUNT_LIMIT_SQLSTATE, FAILURE_LIMIT},
    {"08", FAILURE_UNAVAILABLE},
    {"53", FAILURE_UNAVAILABLE},
    {"57014", FAILURE_CANCELLED},
    {"57", FAILURE_UNAVAILABLE},
    {"58", FAILURE_UNAVAILABLE},
};

/* A row that no partition takes is reported as a check violation, but without a constraint's name. */
static bool
failure_is_partition(const PGresult *result, const char *sqlstate)
{
	return strcmp(sqlstate, "23514") == 0 &&
	    PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) == NULL;
}

void
failure_read(const PGresult *result, struct failure *failure)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

	/* libpq's own errors (a broken connection) have no SQLSTATE. */
	snprintf(failure->sqlstate, sizeof(failure->sqlstate), "%s", sqlstate ? sqlstate : "08000");
	snprintf(failure->text, sizeof(failure->text), "%s", text ? text : "connection broken");
	snprintf(failure->detail, sizeof(failure->detail), "%s", detail ? detail : "");
	failure->meaning = FAILURE_CONTENT;
	if (failure_is_partition(result, failure->sqlstate)) {
		failure->meaning = FAILURE_PARTITION;
		return;
	}
	for (size_t i = 0; i < sizeof(failure_meanings) / sizeof(*failure_meanings); i++)
		if (strncmp(failure->sqlstate, failure_meanings[i].sqlstate,
			strlen(failure_meanings[i].sqlstate)) == 0) {
			failure->meaning = failure_meanings[i].meaning;
			return;
		}
}

bool
failure_is_unreplicated(const PGresult *notice)
{
	/* The text is the server's language's; the function that says it is syncrep.c's in any. */
	const char *function = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);

	return function != NULL && strcmp(function, "SyncRepWaitForLSN") == 0;
}
