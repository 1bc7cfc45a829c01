/*
 * What a check of DNS found, in the order in which it looked. Each finding is about one record of one name: what is there, and, where
 * that is wrong or could be better, the line of a zone file (or the deed) that mends it.
 */
#ifndef SERVICES_RELAY_CHECK_REPORT_H
#define SERVICES_RELAY_CHECK_REPORT_H

#include <glib.h>

enum check_status {
	CHECK_OK,
	CHECK_NOTICE, /* mail goes, but it could be better */
	CHECK_WRONG
};

struct check_finding {
	enum check_status status;
	const char *what; /* "PTR", "SPF", ...: a constant */
	char *domain;     /* the name that it is about */
	char *found;      /* one line; may hold what others published: any bytes */
	char *publish;    /* NULL: nothing */
};

/* "ok", "notice", "wrong". */
const char *check_status_name(enum check_status status);

/* An array of struct check_finding, owned. */
GPtrArray *check_report_create(void);

/* Adds one. publish: taken, for g_free(); NULL: nothing. */
void check_report_add(GPtrArray *report, enum check_status status, const char *what,
    const char *domain, char *publish, const char *found, ...)
    __attribute__((format(printf, 6, 7)));

/* Whether a finding is wrong. */
gboolean check_report_is_wrong(const GPtrArray *report);

#endif
