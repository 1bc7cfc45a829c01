/*
 * BDAT, RFC 3030: a message in chunks, each of a size that is said. The bytes of every chunk are read whatever becomes of
 * them, lest they pass for commands; where the size cannot be read, the connection ends. BODY=BINARYMIME is not taken:
 * lines end with CR LF in chunks as in DATA.
 */
#include <inttypes.h>

#include <event2/buffer.h>

#include "services/relay/receive/session_private.h"

/* "1000", "1000 LAST". False: it is neither. */
static bool
argument_read(struct span argument, uint64_t *size, enum chunk_use *use)
{
	struct span word = {argument.start, 0};

	while (word.length < argument.length && argument.start[word.length] != ' ')
		word.length++;
	if (!span_number(word, size))
		return false;
	argument.start += word.length;
	argument.length -= word.length;
	while (argument.length > 0 && *argument.start == ' ') {
		argument.start++;
		argument.length--;
	}
	*use = argument.length == 0 ? CHUNK_MORE : CHUNK_LAST;
	return argument.length == 0 || span_is(argument, "LAST");
}

/* All bytes of the chunk are there. */
static void
chunk_end(struct session *session)
{
	switch (session->chunk_use) {
	case CHUNK_DISCARDED:
		session_enter(session, SESSION_COMMAND);
		session_reply(session, session->chunk_refusal);
		break;
	case CHUNK_LAST:
		data_finish(&session->data);
		session_message_end(session);
		break;
	case CHUNK_MORE:
		if (session->data.fault != DATA_FINE) {
			session_message_refuse(session);
			break;
		}
		session_enter(session, SESSION_COMMAND);
		session_reply_format(
		    session, "250 2.0.0 %" PRIu64 " bytes taken", session->chunk_size);
		break;
	}
}

void
command_bdat(struct session *session, const struct command *command)
{
	const char *obstacle = session_message_obstacle(session, MESSAGE_PLACE_BDAT);

	if (!argument_read(command->argument, &session->chunk_size, &session->chunk_use)) {
		session_refuse(session,
		    "501 5.5.4 say BDAT, the number of bytes, and LAST with the last of them");
		return;
	}
	session->chunk_left = session->chunk_size;
	if (obstacle != NULL) {
		session->chunk_use = CHUNK_DISCARDED;
		session->chunk_refusal = obstacle;
	} else if (!session->is_chunked) {
		session_message_begin(session, DATA_FRAMING_CHUNKS);
	}
	session_enter(session, SESSION_CHUNK);
	session->is_chunked = obstacle == NULL;
	if (session->chunk_left == 0)
		chunk_end(session);
}

static size_t
chunk_discard(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->connection);
	size_t bytes = (size_t)MIN(evbuffer_get_length(input), session->chunk_left);

	evbuffer_drain(input, bytes);
	return bytes;
}

bool
command_bdat_read(struct session *session)
{
	size_t taken = session->chunk_use == CHUNK_DISCARDED
	    ? chunk_discard(session)
	    : session_message_feed(session, session->chunk_left);

	if (taken == 0)
		return false;
	session->chunk_left -= taken;
	if (session->chunk_left == 0)
		chunk_end(session);
	return true;
}
