/* The greetings: what comes before the first transaction. */
#include <string.h>

#include "base/clock.h"

#include "services/relay/deliver/client_private.h"
#include "services/relay/deliver/transcript.h"

static void
client_say_hello(struct client *client, enum client_state state, const char *verb)
{
	client->state = state;
	memset(&client->offer, 0, sizeof(client->offer));
	g_string_printf(client->line, "%s %s", verb, client->hostname);
	client_send_line(client);
}

/* RFC 5321 4.1.1.1: the first line begins with the server's name. */
static void
client_read_name(struct client *client)
{
	size_t length, name_length = strlen(client->hostname);
	const char *text = reply_text(&client->reply, &length);

	client->is_itself = length >= name_length &&
	    g_ascii_strncasecmp(text, client->hostname, name_length) == 0 &&
	    (length == name_length || text[name_length] == ' ');
}

/* From the second line on, a keyword and its parameters. */
void
client_read_offer(struct client *client)
{
	static const struct {
		const char *keyword;
		size_t offset;
	} keywords[] = {
	    {"PIPELINING", offsetof(struct client_offer, pipelining)},
	    {"8BITMIME", offsetof(struct client_offer, eight_bit_mime)},
	    {"SMTPUTF8", offsetof(struct client_offer, smtputf8)},
	    {"STARTTLS", offsetof(struct client_offer, starttls)},
	    {"DSN", offsetof(struct client_offer, dsn)},
	    {"SIZE", offsetof(struct client_offer, size)},
	    {"REQUIRETLS", offsetof(struct client_offer, requiretls)},
	};
	size_t length;
	const char *text = reply_text(&client->reply, &length);
	char *line, *parameters;

	if (client_reply_class(client) != 2)
		return;
	if (client->reply.lines == 1) {
		client_read_name(client);
		return;
	}
	line = g_strndup(text, length);
	parameters = line + strcspn(line, " ");
	if (*parameters != '\0')
		*parameters++ = '\0';
	for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++)
		if (g_ascii_strcasecmp(line, keywords[i].keyword) == 0)
			*(bool *)((char *)&client->offer + keywords[i].offset) = true;
	if (g_ascii_strcasecmp(line, "SIZE") == 0)
		client->offer.size_limit = g_ascii_strtoull(parameters, NULL, 10);
	g_free(line);
}

static enum client_step
client_refuse(struct client *client)
{
	client->verdict = client_read_verdict(client);
	if (client->verdict.status == VERDICT_DELIVERED) /* 2xx where it makes no sense */
		client->verdict = verdict_make(VERDICT_DEFERRED, "4.5.0");
	client->state = CLIENT_STATE_OVER;
	return CLIENT_FAILED;
}

/* What it is now it will be later. */
static enum client_step
client_give_up(struct client *client, const char *code, const char *note)
{
	(void)client_break(client, "4.7.4", note);
	client->verdict = verdict_make(VERDICT_FAILED, code);
	return CLIENT_FAILED;
}

static enum client_step
client_give_up_itself(struct client *client)
{
	(void)client_give_up(client, "5.4.6",
	    "this server is the relay itself: mail for this domain goes in a circle");
	client->verdict.bounce = ATTEMPT_BOUNCE_PASSING;
	return CLIENT_FAILED;
}

/* Also after STARTTLS: then `tls` asks for no more. */
static enum client_step
client_open(struct client *client)
{
	if (client->tls == CLIENT_TLS_PASSED_ON)
		return client_give_up(
		    client, "5.7.10", "REQUIRETLS is asked for, and the server does not offer TLS");
	if (client->tls == CLIENT_TLS_REQUIRED)
		return client_break(
		    client, "4.7.4", "TLS is required here, and the server does not offer it");
	if (client->needs_requiretls && !client_offers_requiretls(client))
		return client_give_up(
		    client, "5.7.30", "REQUIRETLS is asked for, and the server does not offer it");
	client->state = CLIENT_STATE_IDLE;
	return CLIENT_READY;
}

enum client_step
client_on_opening_reply(struct client *client)
{
	unsigned class = client_reply_class(client);

	switch (client->state) {
	case CLIENT_STATE_GREETING:
		if (client->reply.code != 220)
			return client_refuse(client);
		client_say_hello(client, CLIENT_STATE_EHLO, "EHLO");
		return CLIENT_WAITS;
	case CLIENT_STATE_EHLO:
		if (class == 5) { /* RFC 5321 3.2: a server of old */
			client_say_hello(client, CLIENT_STATE_HELO, "HELO");
			return CLIENT_WAITS;
		}
		if (class != 2)
			return client_refuse(client);
		if (client->is_itself && client->refuses_itself)
			return client_give_up_itself(client);
		if (!client->offer.starttls || client->tls == CLIENT_TLS_NEVER)
			return client_open(client);
		client->state = CLIENT_STATE_STARTTLS;
		client_send(client, "STARTTLS");
		return CLIENT_WAITS;
	case CLIENT_STATE_HELO:
		return class == 2 ? client_open(client) : client_refuse(client);
	default: /* STARTTLS */
		if (client->reply.code == 421)
			return client_refuse(client);
		if (client->reply.code == 220)
			return CLIENT_START_TLS;
		/* RFC 3207 4: one that cannot just now is spoken to in the clear, where that will do. */
		return client->tls >= CLIENT_TLS_REQUIRED
		    ? client_break(
			  client, "4.7.4", "TLS is required here, and the server refuses it")
		    : client_open(client);
	}
}

void
client_secured(struct client *client, const char *description)
{
	transcript_add_note(client->opening, clock_now(), "%s", description);
	/* RFC 3207 4.2: what was offered before counts no more. */
	client->tls = CLIENT_TLS_NEVER;
	client->is_tls = true;
	client_say_hello(client, CLIENT_STATE_EHLO, "EHLO");
}
