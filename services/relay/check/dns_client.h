/*
 * DNS for a command: asks by the relay's resolver (deliver/resolver.h) and waits. The hosts file of this machine does not count, as
 * nobody else sees it. All questions together have a time; those after it fail at once.
 */
#ifndef SERVICES_RELAY_CHECK_DNS_CLIENT_H
#define SERVICES_RELAY_CHECK_DNS_CLIENT_H

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"
#include "services/relay/check/dns_answer.h"
#include "services/relay/deliver/mta_sts_policy.h"
#include "services/relay/deliver/resolver.h"
#include "services/relay/deliver/scheduler.h"

enum {
	DNS_CLIENT_ANSWER_SECONDS = 10, /* for one question */
	DNS_CLIENT_PROBE_SECONDS = 3,   /* for one that any resolver answers at once */
	DNS_CLIENT_POLICY_SECONDS =
	    20 /* for a policy of MTA-STS, whatever delivery.mta_sts_timeout says */
};

struct dns_client;

/* settings: strings in it must outlive the client. seconds: for all questions, from now. NULL, with the reason. */
struct dns_client *dns_client_create(
    const struct deliver_settings *settings, unsigned seconds, struct error *error);
void dns_client_destroy(struct dns_client *client);

/* Never fails: what goes wrong is the answer. For dns_answer_free(). */
struct dns_answer *dns_client_ask(
    struct dns_client *client, const char *name, enum resolver_type type);

/* The name whose PTR record an address (text) has (RFC 1035 3.5, RFC 3596 2.5); g_free. */
char *dns_client_reverse_name(const char *address);

/* Whether the resolver answers anything at all. */
bool dns_client_is_answered(struct dns_client *client);

/* Whether the time for all questions is over. */
bool dns_client_is_late(const struct dns_client *client);

/* Fetches the MTA-STS policy of the domain, for mta_sts_policy_unref(). NULL, with the reason. */
struct mta_sts_policy *dns_client_fetch_policy(
    struct dns_client *client, const char *domain, struct error *error);

#endif
