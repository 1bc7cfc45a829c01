/* Keys as an operator makes and publishes them. */
#ifndef SERVICES_RELAY_DKIM_KEY_PAIR_H
#define SERVICES_RELAY_DKIM_KEY_PAIR_H

#include <stdbool.h>

#include <glib.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "db/dkim_key.h"

enum {
	DKIM_RSA_BITS = 2048, /* RFC 8301 3.2; what every verifier takes */
	DKIM_RSA_BITS_MIN = 2048,
	DKIM_RSA_BITS_MAX = 4096,
	DKIM_RECORD_STRING_MAX = 255 /* RFC 1035 3.3: one string of a TXT record */
};

/* Sets key->private_key to a new one, of key->algorithm. bits: of RSA. */
bool dkim_key_pair_make(struct dkim_key *key, unsigned bits, struct error *error);

/* The private key as OpenSSL has it, for EVP_PKEY_free(). NULL, with the reason: it cannot be read, or is not of
 * key->algorithm. */
EVP_PKEY *dkim_key_pair_read(const struct dkim_key *key, struct error *error);

/* The value of the DNS record that publishes the key (RFC 6376 3.6.1, RFC 8463 4): "v=DKIM1; ...". The caller's to g_free(); NULL, with
 * the reason: the private key cannot be read. */
char *dkim_key_pair_value(const struct dkim_key *key, struct error *error);

/* Appends the DNS record that publishes the key, as a line of a zone file with its end. Fails when
 * the private key cannot be read. */
bool dkim_key_pair_record(const struct dkim_key *key, GString *record, struct error *error);

#endif
