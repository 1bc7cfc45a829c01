/* MTA-STS policies and TXT records (deliver/mta_sts_policy.h), any bytes: what is taken is whole, within its limits, and allows
 * the hosts that it names. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/relay/deliver/mta_sts_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_policy(const struct mta_sts_policy *policy)
{
	if (policy->patterns->len > MTA_STS_PATTERNS_MAX || policy->max_age > MTA_STS_AGE_MAX ||
	    (policy->mode != MTA_STS_NONE && policy->patterns->len == 0))
		abort();
	for (guint i = 0; i < policy->patterns->len; i++) {
		g_autofree char *host = g_strdup(g_ptr_array_index(policy->patterns, i));

		if (host[0] == '*')
			host[0] = 'x';
		if (!mta_sts_policy_allows(policy, host))
			abort();
	}
}

static void
check_record(const uint8_t *data, size_t size)
{
	char id[MTA_STS_ID_MAX + 1];

	if (mta_sts_record_parse(data, size, id) == MTA_STS_RECORD_GOOD &&
	    (strlen(id) == 0 || strlen(id) > MTA_STS_ID_MAX))
		abort();
}

/* The first byte says which of the two it is. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mta_sts_policy *policy;
	struct error error = {""};

	if (size == 0)
		return 0;
	if (data[0] & 1) {
		check_record(data + 1, size - 1);
		return 0;
	}
	policy = mta_sts_policy_parse((const char *)data + 1, size - 1, &error);
	if (policy != NULL)
		check_policy(policy);
	else if (error.text[0] == '\0')
		abort();
	mta_sts_policy_unref(policy);
	return 0;
}
