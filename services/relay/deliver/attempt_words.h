/* Who said what decided an attempt, as its transcript has it (transcript.h): for a report to the sender. */
#ifndef SERVICES_RELAY_DELIVER_ATTEMPT_WORDS_H
#define SERVICES_RELAY_DELIVER_ATTEMPT_WORDS_H

#include "db/queue.h"

/* All are the owner's, or NULL. Either a server's reply, all its lines joined by spaces, and the server's name; or the
 * last note. */
struct attempt_words {
	char *remote; /* "mx.example.net" */
	char *reply;  /* "550 5.1.1 no such user" */
	char *note;   /* "the host cannot be reached" */
};

/* attempt: complete. */
void attempt_words_read(const struct attempt *attempt, struct attempt_words *words);
void attempt_words_clear(struct attempt_words *words);

#endif
