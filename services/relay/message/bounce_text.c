#include "services/relay/message/bounce_text.h"

#include <string.h>

#include "services/relay/message/bounce_reply.h"

/* How each server begins. Warnings come before failures of the same server: they share words. Small letters. */
static const struct {
	const char *words;
	enum bounce_kind kind; /* where no code says it */
} openings[] = {
    /* Sendmail */
    {"this is a warning message only", BOUNCE_DELAYED},
    {"the following addresses had transient non-fatal errors", BOUNCE_DELAYED},
    {"the following addresses had permanent fatal errors", BOUNCE_PERMANENT},
    {"the following addresses had permanent delivery errors", BOUNCE_PERMANENT},
    {"the following addresses had delivery problems", BOUNCE_PERMANENT},
    /* Exim */
    {"has not been delivered to one or more of its recipients after more than", BOUNCE_DELAYED},
    {"has not yet been delivered to one or more of its recipients", BOUNCE_DELAYED},
    {"could not be delivered to one or more of its recipients", BOUNCE_PERMANENT},
    {"could not be delivered to all of its recipients", BOUNCE_PERMANENT},
    /* Postfix */
    {"your message could not be delivered for more than", BOUNCE_DELAYED},
    {"i'm sorry to have to inform you that your message could not", BOUNCE_PERMANENT},
    /* qmail, and those that were made of it */
    {"i'm afraid i wasn't able to deliver your message to the following addresses",
	BOUNCE_PERMANENT},
    {"sorry, we were unable to deliver your message to the following address", BOUNCE_PERMANENT},
    {"unable to deliver message to the following address", BOUNCE_PERMANENT},
    /* Exchange */
    {"delivery to the following recipients has been delayed", BOUNCE_DELAYED},
    {"your message did not reach some or all of the intended recipients", BOUNCE_PERMANENT},
    {"the following recipient(s) could not be reached", BOUNCE_PERMANENT},
    {"delivery to the following recipients failed", BOUNCE_PERMANENT},
    {"delivery has failed to these recipients or", BOUNCE_PERMANENT},
    {"your message couldn't be delivered", BOUNCE_PERMANENT},
    /* Google */
    {"delivery to the following recipient has been delayed", BOUNCE_DELAYED},
    {"delivery to the following recipient failed", BOUNCE_PERMANENT},
    {"your message wasn't delivered to", BOUNCE_PERMANENT},
    /* Lotus Domino */
    {"was not delivered to:", BOUNCE_PERMANENT},
    /* smail, as at T-Online */
    {"failed addresses follow:", BOUNCE_PERMANENT},
    {"message log follows:", BOUNCE_PERMANENT},
    /* MDaemon, IMail, Courier, CommuniGate, others */
    {"this delivery attempt was deferred", BOUNCE_DELAYED},
    {"the attached message had permanent fatal delivery errors", BOUNCE_PERMANENT},
    {"undeliverable mail to", BOUNCE_PERMANENT},
    {"unable to deliver your message to", BOUNCE_PERMANENT},
    {"undeliverable to:", BOUNCE_PERMANENT},
    {"the following address(es) failed", BOUNCE_PERMANENT},
    {"failed to deliver to '", BOUNCE_PERMANENT},
    {"could not be delivered to the following recipient", BOUNCE_PERMANENT},
    {"cannot be delivered to the following", BOUNCE_PERMANENT},
    {"konnte nicht zugestellt werden", BOUNCE_PERMANENT},
};

/* Where the copy of the message begins: nothing after it is the server's. */
static const char *const copies[] = {
    "below this line is a copy of the message",
    "this is a copy of the message",
    "----- original message",
    "-----original message",
    "--- original message",
    "original message follows",
    "the original message is attached",
    "message header follows",
    "--- returned message",
    "original message headers:",
};

/* Reasons without a code. What passes comes first: "mailbox for user is full" is no unknown user. */
static const struct {
	const char *words;
	enum bounce_kind kind;
	const char *status;
} reasons[] = {
    {"mailbox full", BOUNCE_TRANSIENT, "4.2.2"},
    {"mailbox is full", BOUNCE_TRANSIENT, "4.2.2"},
    {"over quota", BOUNCE_TRANSIENT, "4.2.2"},
    {"quota exceeded", BOUNCE_TRANSIENT, "4.2.2"},
    {"exceeded storage", BOUNCE_TRANSIENT, "4.2.2"},
    {"exceeds allowed size", BOUNCE_TRANSIENT, "4.2.2"},
    {"mailbox size limit", BOUNCE_TRANSIENT, "4.2.2"},
    {"retry timeout exceeded", BOUNCE_TRANSIENT, "4.4.7"},
    {"too long in the queue", BOUNCE_TRANSIENT, "4.4.7"},
    {"connection timed out", BOUNCE_TRANSIENT, "4.4.1"},
    {"connection refused", BOUNCE_TRANSIENT, "4.4.1"},
    {"couldn't find any host", BOUNCE_PERMANENT, "5.1.2"},
    {"unrouteable mail domain", BOUNCE_PERMANENT, "5.1.2"},
    {"host not found", BOUNCE_PERMANENT, "5.1.2"},
    {"account is disabled", BOUNCE_PERMANENT, "5.2.1"},
    {"account has been disabled", BOUNCE_PERMANENT, "5.2.1"},
    {"account is inactive", BOUNCE_PERMANENT, "5.2.1"},
    {"mailbox disabled", BOUNCE_PERMANENT, "5.2.1"},
    {"user unknown", BOUNCE_PERMANENT, "5.1.1"},
    {"unknown user", BOUNCE_PERMANENT, "5.1.1"},
    {"no such user", BOUNCE_PERMANENT, "5.1.1"},
    {"no mailbox here", BOUNCE_PERMANENT, "5.1.1"},
    {"doesn't have a yahoo", BOUNCE_PERMANENT, "5.1.1"},
    {"not listed in domino directory", BOUNCE_PERMANENT, "5.1.1"},
    {"not listed in public name", BOUNCE_PERMANENT, "5.1.1"},
    {"account does not exist", BOUNCE_PERMANENT, "5.1.1"},
    {"address does not exist", BOUNCE_PERMANENT, "5.1.1"},
    {"mailbox does not exist", BOUNCE_PERMANENT, "5.1.1"},
    {"mailbox unavailable", BOUNCE_PERMANENT, "5.1.1"},
    {"recipient unknown", BOUNCE_PERMANENT, "5.1.1"},
    {"unknown recipient", BOUNCE_PERMANENT, "5.1.1"},
    {"invalid recipient", BOUNCE_PERMANENT, "5.1.1"},
    {"unrouteable address", BOUNCE_PERMANENT, "5.1.1"},
    {"all relevant mx records point to non-existent hosts", BOUNCE_PERMANENT, "5.1.2"},
};

/* Small letters, each run of blanks one space: so words are found over the ends of lines. */
static char *
folded(const char *text)
{
	GString *out = g_string_sized_new(strlen(text));

	for (; *text != '\0'; text++) {
		if (!g_ascii_isspace(*text))
			g_string_append_c(out, g_ascii_tolower(*text));
		else if (out->len > 0 && out->str[out->len - 1] != ' ')
			g_string_append_c(out, ' ');
	}
	return g_string_free(out, FALSE);
}

/* The place in text that is so many folded bytes in. */
static const char *
unfolded_place(const char *text, size_t count)
{
	bool was_blank = true;

	for (; *text != '\0' && count > 0; text++) {
		bool is_blank = g_ascii_isspace(*text) != 0;

		if (!is_blank || !was_blank)
			count--;
		was_blank = is_blank;
	}
	return text;
}

/* Without the copy of the message. */
static void
cut_copy(char *folded_text)
{
	for (size_t i = 0; i < G_N_ELEMENTS(copies); i++) {
		char *copy = strstr(folded_text, copies[i]);

		if (copy != NULL)
			*copy = '\0';
	}
}

static void
read_reason(const char *folded_text, struct bounce_report *report)
{
	for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
		if (strstr(folded_text, reasons[i].words) == NULL)
			continue;
		/* "550 mailbox is full": the code is the server's word, the table ours. */
		if (report->smtp_code != 0 && reasons[i].status[0] - '0' != report->smtp_code / 100)
			return;
		report->kind = reasons[i].kind;
		g_strlcpy(report->status, reasons[i].status, sizeof(report->status));
		return;
	}
}

void
bounce_text_read_reason(const char *text, struct bounce_report *report)
{
	g_autofree char *folded_text = folded(text);

	read_reason(folded_text, report);
}

/* text: what the server says after its opening. */
static void
read_failure(const char *text, enum bounce_kind otherwise, struct bounce_report *report)
{
	g_autofree char *folded_text = folded(text);

	report->smtp_code = bounce_reply_code(text);
	if (!bounce_reply_status(text, report->status))
		read_reason(folded_text, report);
	report->kind = otherwise == BOUNCE_DELAYED
	    ? BOUNCE_DELAYED
	    : bounce_reply_kind(report->smtp_code, report->status, otherwise);
	if (report->recipient == NULL)
		report->recipient = bounce_reply_address(text);
	report->text = bounce_reply_line(text);
}

void
bounce_text_read(const char *text, struct bounce_report *report)
{
	g_autofree char *folded_text = folded(text);
	const char *end;

	cut_copy(folded_text);
	end = unfolded_place(text, strlen(folded_text));
	for (size_t i = 0; i < G_N_ELEMENTS(openings); i++) {
		const char *found = strstr(folded_text, openings[i].words);
		const char *after;
		g_autofree char *words = NULL;

		if (found == NULL)
			continue;
		after =
		    unfolded_place(text, (size_t)(found - folded_text) + strlen(openings[i].words));
		words = g_strndup(after, after < end ? (gsize)(end - after) : 0);
		read_failure(words, openings[i].kind, report);
		return;
	}
}
