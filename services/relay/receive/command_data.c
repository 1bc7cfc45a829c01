/* DATA, RFC 5321 4.1.1.4. */
#include "services/relay/receive/session_private.h"

void
command_data(struct session *session, const struct command *command)
{
	const char *obstacle = session_message_obstacle(session, MESSAGE_PLACE_DATA);

	if (command->argument.length > 0) {
		session_reply(session, "501 5.5.4 DATA takes no argument");
		return;
	}
	if (obstacle != NULL) {
		session_reply(session, obstacle);
		return;
	}
	session_message_begin(session, DATA_FRAMING_DOT);
	session_enter(session, SESSION_DATA);
	session_reply(session, "354 end with CR LF . CR LF");
}

bool
command_data_read(struct session *session)
{
	if (session_message_feed(session, UINT64_MAX) == 0)
		return false;
	if (data_ended(&session->data))
		session_message_end(session);
	return true;
}
