/*
 * One ed25519-sha256 signature (RFC 8463), by OpenSSL: libopendkim up to 2.11.0~beta2, which Debian 12 has, makes them
 * too, but never frees the key that it read for one (OpenDKIM pull request 321): 540 bytes a signature.
 *
 *   dkim_ed25519_create() -> dkim_ed25519_body() ... -> dkim_ed25519_finish() -> dkim_ed25519_destroy()
 */
#ifndef SERVICES_RELAY_DKIM_ED25519_H
#define SERVICES_RELAY_DKIM_ED25519_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "db/dkim_key.h"

struct dkim_ed25519;

/* head is read at once; key and pair, the same as OpenSSL has it, must outlive it. */
struct dkim_ed25519 *dkim_ed25519_create(
    const struct dkim_key *key, EVP_PKEY *pair, const GString *head);
void dkim_ed25519_destroy(struct dkim_ed25519 *signature);

/* The next bytes of the body. */
void dkim_ed25519_body(struct dkim_ed25519 *signature, const char *data, size_t length);

/* Appends the DKIM-Signature field to fields, with its end; unchanged when it fails. */
bool dkim_ed25519_finish(struct dkim_ed25519 *signature, GString *fields, struct error *error);

#endif
