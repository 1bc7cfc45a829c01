/*
 * What one delivery sends: the message as it is stored, or composed for its recipient, with its signatures on top.
 *
 *   content_create() -> content_prepare() -> ready, at once or by an event -> content_head(), content_body() -> content_destroy()
 */
#ifndef SERVICES_RELAY_DELIVER_CONTENT_H
#define SERVICES_RELAY_DELIVER_CONTENT_H

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"
#include "base/memory_budget.h"
#include "db/queue.h"
#include "services/relay/dkim/signer.h"

struct content;

/* What the contents of a scheduler share. */
struct content_context {
	const char *hostname;          /* names Message-IDs of composed mail */
	struct memory_budget *budget;  /* what is made here counts in it */
	struct memory_budget composed; /* and in this one, a part of it, what is composed */
	struct dkim_signer *signer;
	const struct db_worker *worker; /* knows the key of links to unsubscribe */
	const char *unsubscribe_base;   /* of these links; NULL: there are none */
	const char *bounce_domain;      /* of addresses to unsubscribe */
};

enum content_step {
	CONTENT_READY,
	CONTENT_WAITS,  /* done will be called */
	CONTENT_REFUSED /* it cannot be composed, ever: error */
};

enum content_outcome {
	CONTENT_DONE,       /* it is ready */
	CONTENT_UNAVAILABLE /* the keys that sign it cannot be read just now */
};

/* Comes from the event loop. */
typedef void content_done(void *arg, enum content_outcome outcome);

/* Whether one more may be created of that delivery now. What is stored is in memory anyway; what is composed waits, and at least one of
 * them goes on, while context->composed is spent: its `relieved` tells when to ask again. */
bool content_has_room(const struct content_context *context, const struct delivery *delivery);

/* context must outlive it, and delivery until it is ready. */
struct content *content_create(struct content_context *context, const struct delivery *delivery,
    content_done *done, void *arg);

/* Also while it is being prepared. */
void content_destroy(struct content *content);

/* May be called again once it is ready, and says so. */
enum content_step content_prepare(struct content *content, struct error *error);

/* Header fields with their line ends, and the rest from the empty line on. Of one that is ready; valid as long as it. */
const GString *content_head(const struct content *content);
const GString *content_body(const struct content *content);

#endif
