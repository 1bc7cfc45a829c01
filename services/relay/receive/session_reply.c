#include <stdarg.h>

#include "base/metrics.h"

#include "services/relay/receive/session_private.h"

static void
count_reply(struct session *session, const char *reply)
{
	metrics_count_class(METRIC_SMTP_REPLIES_2, (reply[0] - '0') * 100);
	if (reply[0] == '5')
		session->errors++;
}

void
session_reply(struct session *session, const char *reply)
{
	count_reply(session, reply);
	g_string_append(session->replies, reply);
	g_string_append_len(session->replies, "\r\n", 2);
}

void
session_reply_format(struct session *session, const char *format, ...)
{
	size_t start = session->replies->len;
	va_list arguments;

	va_start(arguments, format);
	g_string_append_vprintf(session->replies, format, arguments);
	va_end(arguments);
	count_reply(session, session->replies->str + start);
	g_string_append_len(session->replies, "\r\n", 2);
}

void
session_refuse(struct session *session, const char *reply)
{
	session_reply(session, reply);
	session_reset_transaction(session);
	session_enter(session, SESSION_CLOSING);
}
