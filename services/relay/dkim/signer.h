/*
 * Signs messages beside other work: looks the keys up, and reads bodies in slices between events, so that a large one
 * holds nobody up. Messages that are signed at the same time take turns.
 *
 * Nothing here fails for good: a message without a key, or whose keys are no use (which is logged), goes unsigned. To hold
 * it back would turn one broken key into mail that never leaves.
 */
#ifndef SERVICES_RELAY_DKIM_SIGNER_H
#define SERVICES_RELAY_DKIM_SIGNER_H

#include <stdint.h>

#include <glib.h>

#include "base/error.h"
#include "db/worker.h"

struct event_base;
struct dkim_signer;
struct dkim_wait;

enum {
	DKIM_SLICE_BYTES = 256 * 1024 /* of a body at a time: about 1 ms for each key */
};

enum dkim_outcome {
	DKIM_DONE,
	DKIM_UNAVAILABLE /* the keys cannot be read just now */
};

/* fields: DKIM-Signature fields with line ends, "" for none; NULL unless DKIM_DONE. Valid during the call. */
typedef void dkim_signed(void *arg, enum dkim_outcome outcome, const char *fields);

/* worker must outlive the last dkim_signer_sign(), no more. */
struct dkim_signer *dkim_signer_create(
    struct event_base *base, struct db_worker *worker, struct error *error);

/* Nobody waits any more. */
void dkim_signer_destroy(struct dkim_signer *signer);

/*
 * Signs with the keys that the account has for the author's domain. head, body: as in struct message; they must
 * neither change nor go until done is called, from the event loop, or the wait is cancelled. Who asks for the same
 * head while it is being signed shares the work. NULL: it is known that nothing signs it; done is not called.
 */
struct dkim_wait *dkim_signer_sign(struct dkim_signer *signer, int64_t account_id,
    const GString *head, const GString *body, dkim_signed *done, void *arg);

/* done is not called. */
void dkim_signer_cancel(struct dkim_wait *wait);

#endif
