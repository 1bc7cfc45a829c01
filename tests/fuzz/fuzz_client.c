/* The SMTP client against any server: each transaction ends with a verdict, and nothing but the fuzzer's bytes decides
 * when. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "services/relay/deliver/client.h"
#include "services/relay/deliver/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
begin(struct client *client, struct transaction *transaction, enum client_step *step)
{
	for (unsigned i = 0; i < transaction->recipient_count; i++)
		transaction->recipients[i].verdict.status = VERDICT_OPEN;
	*step = client_begin(client, transaction);
}

static void
check_ended(const struct transaction *transaction)
{
	for (unsigned i = 0; i < transaction->recipient_count; i++) {
		if (transaction->recipients[i].verdict.status == VERDICT_OPEN)
			abort();
		transcript_end(
		    transaction->recipients[i].transcript, &transaction->recipients[i].verdict);
		if (!g_utf8_validate(transaction->recipients[i].transcript->str,
			(gssize)transaction->recipients[i].transcript->len, NULL))
			abort();
	}
}

/* One piece of what the server says. Returns whether the conversation goes on. */
static bool
converse(struct client *client, struct transaction *transaction, const char *at, const char *end)
{
	while (at < end) {
		enum client_step step = client_input(client, &at, end);

		if (step == CLIENT_START_TLS)
			client_secured(client, "TLSv1.3 TLS_AES_256_GCM_SHA384");
		if (step == CLIENT_ENDED)
			check_ended(transaction);
		if (step == CLIENT_READY || (step == CLIENT_ENDED && client_is_usable(client)))
			begin(client, transaction, &step);
		if (step == CLIENT_FAILED || step == CLIENT_ENDED)
			return false;
		while (client_has_content(client))
			client_produce(client);
		g_string_truncate(client_output(client), 0);
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GString *head = g_string_new("Subject: \xc3\xa4\r\n"), *body = g_string_new("\r\n.\r\n.");
	struct transaction_recipient recipients[] = {
	    {.path = "a@example.net", .transcript = g_string_new(NULL)},
	    {.path = "b@example.net", .transcript = g_string_new(NULL)}};
	struct transaction transaction = {.mail_from = "",
	    .head = head,
	    .body = body,
	    .recipients = recipients,
	    .recipient_count = 2};
	struct client *client = client_create("relay.example.net", CLIENT_TLS_WHEN_OFFERED);
	const char *at = (const char *)data, *end = at + size;

	while (at < end) {
		/* A byte 0xff ends a packet: a server may reply in one or wait for each command. */
		const char *stop = memchr(at, 0xff, (size_t)(end - at));

		if (!converse(client, &transaction, at, stop != NULL ? stop : end))
			break;
		at = stop != NULL ? stop + 1 : end;
	}
	client_destroy(client);
	for (unsigned i = 0; i < G_N_ELEMENTS(recipients); i++)
		g_string_free(recipients[i].transcript, TRUE);
	g_string_free(head, TRUE);
	g_string_free(body, TRUE);
	return 0;
}
