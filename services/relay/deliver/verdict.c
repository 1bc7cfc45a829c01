#include "services/relay/deliver/verdict.h"

#include <assert.h>

#include <string.h>

#include <glib.h>

static const struct {
	const char *word;
	enum attempt_status attempt;
} verdict_names[] = {
    [VERDICT_DELIVERED] = {"delivered", ATTEMPT_DELIVERED},
    [VERDICT_DEFERRED] = {"deferred", ATTEMPT_DEFERRED},
    [VERDICT_FAILED] = {"failed", ATTEMPT_FAILED},
};

/* RFC 5248 2.4 pairs basic codes with enhanced ones; those that mean one thing only. */
static const struct {
	unsigned code;
	const char *enhanced;
} verdict_derived[] = {
    {421, "4.3.2"},
    {450, "4.2.0"},
    {451, "4.3.0"},
    {452, "4.3.1"},
    {454, "4.7.0"},
    {455, "4.5.4"},
    {500, "5.5.2"},
    {501, "5.5.4"},
    {502, "5.5.1"},
    {503, "5.5.1"},
    {504, "5.5.4"},
    {521, "5.3.2"},
    {530, "5.7.0"},
    {551, "5.1.6"},
    {552, "5.2.2"},
    {553, "5.1.3"},
    {555, "5.5.4"},
    {556, "5.1.10"},
};

struct verdict
verdict_make(enum verdict_status status, const char *code)
{
	struct verdict verdict = {.status = status};

	assert(status != VERDICT_OPEN);
	g_strlcpy(verdict.code, code, sizeof(verdict.code));
	return verdict;
}

static const char *
verdict_derive(unsigned code)
{
	static const char *const by_class[] = {
	    [2] = "2.0.0", [3] = "4.5.0", [4] = "4.0.0", [5] = "5.0.0"};

	for (size_t i = 0; i < G_N_ELEMENTS(verdict_derived); i++)
		if (verdict_derived[i].code == code)
			return verdict_derived[i].enhanced;
	return by_class[code / 100];
}

struct verdict
verdict_from_reply(unsigned code, const char *enhanced)
{
	static const enum verdict_status by_class[] = {[2] = VERDICT_DELIVERED,
	    [3] = VERDICT_DEFERRED,
	    [4] = VERDICT_DEFERRED,
	    [5] = VERDICT_FAILED};

	struct verdict verdict;

	assert(code >= 200 && code <= 599);
	verdict = verdict_make(
	    by_class[code / 100], enhanced[0] != '\0' ? enhanced : verdict_derive(code));
	verdict.reply_code = code;
	if (verdict.status == VERDICT_FAILED)
		verdict.bounce = ATTEMPT_BOUNCE_PASSING;
	return verdict;
}

static bool
verdict_text_has(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(text, *words) != NULL)
			return true;
	return false;
}

enum verdict_cause
verdict_cause_from_reply(unsigned code, const char *enhanced, const char *text, size_t length)
{
	static const char *const full[] = {"mailbox full", "mailbox is full", "over quota", NULL};
	static const char *const greylisted[] = {
	    "greylist", "graylist", "grey-list", "gray-list", "grey list", NULL};
	static const char *const later[] = {"try again", "try later", "retry", NULL};
	enum verdict_cause cause = VERDICT_CAUSE_OTHER;
	char *lower = g_ascii_strdown(text, (gssize)length);

	if (g_str_equal(enhanced, "4.2.2") || (code == 452 && verdict_text_has(lower, full)))
		cause = VERDICT_CAUSE_MAILBOX_FULL;
	else if (code < 500 && verdict_text_has(lower, greylisted))
		cause = VERDICT_CAUSE_GREYLISTED;
	else if ((code == 450 || code == 451) && g_str_equal(enhanced, "4.7.1") &&
	    verdict_text_has(lower, later))
		cause = VERDICT_CAUSE_GREYLISTED;
	g_free(lower);
	return cause;
}

/* RFC 5321 4.5.3.1.10: 452, of old 552; a bare 452 says nothing else to whom the server took others from. */
bool
verdict_is_too_many(unsigned code, const char *enhanced, const char *text, size_t length)
{
	static const char *const many[] = {
	    "many recipients", "recipient limit", "recipients limit", "recipients per", NULL};
	bool says_so;
	char *lower;

	if (code / 100 != 4 && code != 552)
		return false;
	if (enhanced[0] != '\0' && g_str_equal(enhanced + 1, ".5.3"))
		return true;
	lower = g_ascii_strdown(text, (gssize)length);
	says_so = verdict_text_has(lower, many);
	g_free(lower);
	return says_so ||
	    (code == 452 && enhanced[0] == '\0' &&
		verdict_cause_from_reply(code, enhanced, text, length) == VERDICT_CAUSE_OTHER);
}

enum attempt_status
verdict_attempt_status(const struct verdict *verdict)
{
	assert(verdict->status != VERDICT_OPEN);
	return verdict_names[verdict->status].attempt;
}

const char *
verdict_word(const struct verdict *verdict)
{
	assert(verdict->status != VERDICT_OPEN);
	return verdict_names[verdict->status].word;
}

char *
verdict_result(const struct verdict *verdict)
{
	return g_strdup_printf("%s %s", verdict_word(verdict), verdict->code);
}
