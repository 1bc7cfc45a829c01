/*
 * What the API asked to send, before it is a MIME message: a campaign, or one transactional e-mail.
 * The relay builds the message from it at each delivery (services/relay/message/compose.h), so a
 * campaign of 100,000 recipients is stored once. In the database: table campaign, or message.composition.
 *
 * Shared by reference within a process, single-threaded, as struct message is.
 */
#ifndef DB_COMPOSITION_H
#define DB_COMPOSITION_H

#include <stdint.h>

struct composition {
	unsigned references;
	int64_t account_id;
	int32_t campaign_id; /* the JobID; 0 for a transactional e-mail */
	int64_t created_at;  /* microseconds */
	char *from_email;
	char *from_name;
	char *subject;
	char *message_plain; /* "" when there is none; "auto-generate": made from the HTML */
	char *message_html;  /* "" when there is none */
	char *raw_message;   /* a MIME entity in place of both; or NULL */
	char *options;       /* Name=Value,Name=Value */
	void *prepared;      /* what the relay keeps between deliveries of it; or NULL */
	void (*prepared_free)(void *prepared);
};

/* Strings are set by the caller, by g_strdup; composition_unref() frees them. */
struct composition *composition_create(void);
struct composition *composition_ref(struct composition *composition);
void composition_unref(struct composition *composition);

#endif
