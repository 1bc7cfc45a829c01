/*
 * MTA-STS (RFC 8461), what is read: the TXT record that says that a domain has a policy (3.1), the policy (3.2), and which MX
 * hosts it allows (4.1). No network here: see mta_sts.h.
 *
 * Shared by reference, single-threaded.
 */
#ifndef SERVICES_RELAY_DELIVER_MTA_STS_POLICY_H
#define SERVICES_RELAY_DELIVER_MTA_STS_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"

enum {
	MTA_STS_ID_MAX = 32,             /* characters: RFC 8461 3.1 */
	MTA_STS_AGE_MAX = 31557600,      /* seconds: RFC 8461 3.2 */
	MTA_STS_POLICY_BYTES = 64 << 10, /* of the policy, as RFC 8461 3.3 suggests */
	MTA_STS_PATTERNS_MAX = 1000
};

enum mta_sts_mode { MTA_STS_NONE, MTA_STS_TESTING, MTA_STS_ENFORCE };

struct mta_sts_policy {
	unsigned references;
	enum mta_sts_mode mode;
	unsigned max_age;    /* seconds; what is more than MTA_STS_AGE_MAX counts as that */
	GPtrArray *patterns; /* char *, lower case: "mx.example.net", "*.example.net" */
};

/* "none", "testing" or "enforce". */
const char *mta_sts_mode_name(enum mta_sts_mode mode);

/* False: it is none of these; mode is as it was. */
bool mta_sts_mode_read(const char *name, enum mta_sts_mode *mode);

/* A policy without patterns, with one reference. */
struct mta_sts_policy *mta_sts_policy_create(enum mta_sts_mode mode, unsigned max_age);
struct mta_sts_policy *mta_sts_policy_ref(struct mta_sts_policy *policy);
void mta_sts_policy_unref(struct mta_sts_policy *policy);

/* Reads a policy as it was served; any bytes. NULL, with the reason, for what is none. */
struct mta_sts_policy *mta_sts_policy_parse(const char *text, size_t length, struct error *error);

/* Whether mail may go to that MX host: a name in lower case without a dot at its end. */
bool mta_sts_policy_allows(const struct mta_sts_policy *policy, const char *host);

/* What one TXT record says. rdata: as DNS has it, strings that each begin with their length. */
enum mta_sts_record {
	MTA_STS_RECORD_OTHER, /* it is about something else */
	MTA_STS_RECORD_BROKEN,
	MTA_STS_RECORD_GOOD /* id is set, MTA_STS_ID_MAX + 1 bytes */
};
enum mta_sts_record mta_sts_record_parse(const void *rdata, size_t length, char *id);

/* The same of its text, the strings put together. */
enum mta_sts_record mta_sts_text_parse(const char *text, char *id);

#endif
