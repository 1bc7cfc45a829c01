#include "services/relay/deliver/dsn_parameters.h"

#include "services/relay/message/xtext.h"

char *
dsn_mail_parameters(const struct message *message, enum sender_kind sender)
{
	static const char *const returns[][3] = {
	    [SENDER_KEPT] = {[DSN_RETURN_UNSAID] = "",
		[DSN_RETURN_FULL] = " RET=FULL",
		[DSN_RETURN_HEADERS] = " RET=HDRS"},
	    [SENDER_RETURN_PATH] = {[DSN_RETURN_UNSAID] = "",
		[DSN_RETURN_FULL] = " RET=HDRS",
		[DSN_RETURN_HEADERS] = " RET=HDRS"},
	};
	GString *out;

	if (message == NULL)
		return g_strdup("");
	out = g_string_new(returns[sender][message->dsn_return]);
	if (message->envelope_id != NULL)
		g_string_append_printf(out, " ENVID=%s", message->envelope_id);
	return g_string_free(out, FALSE);
}

static void
append_notify(GString *out, unsigned notify)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
	    {DSN_NOTIFY_NEVER, "NEVER"},
	    {DSN_NOTIFY_SUCCESS, "SUCCESS"},
	    {DSN_NOTIFY_FAILURE, "FAILURE"},
	    {DSN_NOTIFY_DELAY, "DELAY"},
	};
	const char *before = " NOTIFY=";

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (notify & words[i].bit) {
			g_string_append_printf(out, "%s%s", before, words[i].word);
			before = ",";
		}
}

/* RFC 3461 5.2.1 (a): one that is made here holds the address that came with RCPT. */
static void
append_original(GString *out, const struct delivery *delivery, bool is_smtputf8)
{
	const char *original = delivery->original_recipient;

	if (original != NULL && (is_smtputf8 || g_str_is_ascii(original))) {
		g_string_append_printf(out, " ORCPT=%s", original);
	} else if (original == NULL && delivery->notify != 0 &&
	    g_str_is_ascii(delivery->recipient)) {
		g_string_append(out, " ORCPT=rfc822;");
		xtext_append(out, delivery->recipient);
	}
}

char *
dsn_rcpt_parameters(const struct delivery *delivery, enum sender_kind sender, bool is_smtputf8)
{
	GString *out = g_string_new(NULL);

	if (delivery->notify != 0)
		append_notify(out, sender == SENDER_KEPT ? delivery->notify : DSN_NOTIFY_FAILURE);
	append_original(out, delivery, is_smtputf8);
	return g_string_free(out, FALSE);
}
