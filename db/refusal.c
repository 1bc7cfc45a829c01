#include "db/refusal.h"

#include "base/clock.h"

/* RFC 3463: X.6.0 other or undefined media error, X.7.1 delivery not authorized. */
static const struct {
	const char *status, *code;
} refusals[] = {
    [MESSAGE_REJECTED] = {"rejected", "5.6.0"},
    [MESSAGE_DISCARDED] = {"discarded", "5.6.0"},
    [MESSAGE_OVER_LIMIT] = {"rejected", "4.7.1"},
    [MESSAGE_OVER_WHOLE_LIMIT] = {"rejected", "5.7.1"},
};

const char *
refusal_status(enum message_disposition disposition)
{
	return refusals[disposition].status;
}

const char *
refusal_code(enum message_disposition disposition)
{
	return refusals[disposition].code;
}

char *
refusal_result(enum message_disposition disposition)
{
	return g_strdup_printf("%s %s", refusals[disposition].status, refusals[disposition].code);
}

char *
refusal_transcript(const struct refusal *refusal)
{
	char started[CLOCK_ISO_SIZE], refused[CLOCK_ISO_SIZE];
	const char *status = refusals[refusal->disposition].status;
	const char *code = refusals[refusal->disposition].code;

	return g_strdup_printf("attempt 1 %s %s\n%s = %s: %s %s\nresult %s %s\n",
	    clock_iso(refusal->received_at, started), refusal->node,
	    clock_time_of_day(refusal->refused_at, refused), status, code, refusal->reason, status,
	    code);
}
