#include "services/relay/deliver/suppressed.h"

#include <string.h>

#include "base/clock.h"

#include "services/relay/deliver/transcript.h"

static const char *const suppressed_lists[] = {
    [SUPPRESSION_BOUNCE] = "bounce list",
    [SUPPRESSION_UNSUBSCRIBE] = "unsubscribe list",
};

/* The conversation that there was none with. */
static const char *
suppressed_where(const struct delivery *delivery)
{
	const char *at = strrchr(delivery->recipient, '@');

	return at != NULL && at[1] != '\0' ? at + 1 : delivery->recipient;
}

static char *
suppressed_reason(const struct suppression *suppression)
{
	char since[CLOCK_ISO_SIZE], reply[SUPPRESSION_STATUS_CODE_SIZE + sizeof(" (550 )")] = "";

	clock_iso(suppression->since, since);
	*strchr(since, 'T') = '\0';
	if (suppression->smtp_code != 0)
		g_snprintf(reply, sizeof(reply), " (%d %s)", suppression->smtp_code,
		    suppression->status_code);
	return g_strdup_printf("not sent: on the account's %s since %s%s",
	    suppressed_lists[suppression->kind], since, reply);
}

struct attempt *
suppressed_attempt(const struct delivery *delivery)
{
	struct attempt *attempt = attempt_create(delivery->attempts + 1);
	struct verdict verdict = verdict_make(VERDICT_FAILED, "5.7.1");
	int64_t now = clock_now();

	transcript_begin(attempt->transcript, attempt->number, now, suppressed_where(delivery));
	attempt->unsent = suppressed_reason(delivery->suppression);
	transcript_add_note(attempt->transcript, now, "%s", attempt->unsent);
	transcript_end(attempt->transcript, &verdict);
	attempt->status = verdict_attempt_status(&verdict);
	attempt->started_at = now;
	attempt->finished_at = now;
	attempt->result = verdict_result(&verdict);
	return attempt;
}
