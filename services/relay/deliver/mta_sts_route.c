#include "services/relay/deliver/mta_sts_route.h"

#include "base/log.h"

#include "services/relay/deliver/security.h"

static bool
policy_names(const struct mta_sts_policy *policy, const struct route_host *host)
{
	return host->name != NULL && mta_sts_policy_allows(policy, host->name);
}

/* What it is that the policy does not name it, for transcripts. */
static void
route_note_unnamed(struct route *route, const struct route_host *host, const char *then)
{
	g_ptr_array_add(route->notes,
	    g_strdup_printf("%s %s: the MTA-STS policy does not name it", host->where, then));
}

void
mta_sts_route_apply(const struct mta_sts_policy *policy, const char *domain, struct route *route)
{
	route_keep_unrestricted(route);
	g_ptr_array_add(route->notes,
	    g_strdup_printf("MTA-STS policy of %s: %s", domain, mta_sts_mode_name(policy->mode)));
	for (guint i = 0; i < route->hosts->len;) {
		struct route_host *host = g_ptr_array_index(route->hosts, i);
		bool is_named = policy_names(policy, host);

		host->is_vouched |= is_named;
		if (security_has_dane(host)) {
			i++;
			continue;
		}
		host->mta_sts = policy->mode;
		if (!is_named && policy->mode == MTA_STS_ENFORCE) {
			route_note_unnamed(route, host, "left out");
			g_ptr_array_remove_index(route->hosts, i);
			continue;
		}
		if (!is_named) {
			route_note_unnamed(route, host, "would be left out");
			log_warning("mta-sts-testing",
			    "domain=\"%s\" host=\"%s\" failure=\"not named\"", domain, host->where);
		}
		i++;
	}
	if (route->hosts->len == 0)
		route_fail(route, VERDICT_DEFERRED, "4.7.5",
		    "the MTA-STS policy names none of the domain's hosts");
}
