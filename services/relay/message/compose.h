/*
 * Builds the MIME message of a composition for one recipient, with GMime: text, HTML or both
 * (multipart/alternative), merge fields %%FieldName%% replaced (any case), From, To, Subject, Date, Message-ID,
 * List-Unsubscribe with one click.
 *
 * What is the same for every recipient is made once and kept in composition->prepared: the texts split at
 * their fields, the plain text made of the HTML ("auto-generate"), and, when neither text has a field, the
 * encoded content. What the caller wrote as MIME is read and kept (raw_content.h). Without a plain text the HTML goes alone. Of the options none matters here.
 */
#ifndef SERVICES_RELAY_MESSAGE_COMPOSE_H
#define SERVICES_RELAY_MESSAGE_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"
#include "db/composition.h"

struct compose_recipient {
	const char *address;
	/* JSON object of strings keyed by lower-case field name; or NULL */
	const char *merge_fields;
	int64_t delivery_id;             /* makes the Message-ID: the same at each attempt */
	int64_t date;                    /* microseconds: the Date field */
	const char *unsubscribe_url;     /* ASCII; NULL: there is none */
	const char *unsubscribe_address; /* likewise */
};

/* About what compose_message() makes of it, in bytes: its texts, most of them encoded. */
size_t compose_size(const struct composition *composition);

/* Appends header fields to head (CRLF ends) and the empty line and the rest to body. Keeps what it can
 * reuse for the next recipient in composition->prepared. Fails, with both unchanged, when the merge fields cannot be read, or
 * have too long values (merge.h), or a raw message's parts are nested too deep. */
bool compose_message(struct composition *composition, const struct compose_recipient *recipient,
    const char *hostname, GString *head, GString *body, struct error *error);

#endif
