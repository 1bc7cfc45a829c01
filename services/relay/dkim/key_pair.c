#include "services/relay/dkim/key_pair.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { ED25519_PUBLIC_BYTES = 32 };

static bool
openssl_error(struct error *error, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	error_set(error, "%s: %s", what, reason != NULL ? reason : "OpenSSL does not say why");
	ERR_clear_error();
	return false;
}

bool
dkim_key_pair_make(struct dkim_key *key, unsigned bits, struct error *error)
{
	EVP_PKEY *pair = key->algorithm == DKIM_ALGORITHM_ED25519
	    ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
	    : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	BIO *text = BIO_new(BIO_s_secmem());
	bool is_made = pair != NULL && text != NULL &&
	    PEM_write_bio_PrivateKey(text, pair, NULL, NULL, 0, NULL, NULL) == 1;
	char *data;
	long length;

	if (is_made) {
		length = BIO_get_mem_data(text, &data);
		key->private_key = g_strndup(data, (gsize)length);
	} else {
		openssl_error(error, "no key could be made");
	}
	BIO_free(text);
	EVP_PKEY_free(pair);
	return is_made;
}

EVP_PKEY *
dkim_key_pair_read(const struct dkim_key *key, struct error *error)
{
	BIO *text = BIO_new_mem_buf(key->private_key, -1);
	EVP_PKEY *pair = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);

	BIO_free(text);
	if (pair != NULL &&
	    EVP_PKEY_is_a(pair, key->algorithm == DKIM_ALGORITHM_ED25519 ? "ED25519" : "RSA"))
		return pair;
	if (pair != NULL)
		error_set(error, "the key in the database is not of its algorithm");
	else
		openssl_error(error, "the key in the database cannot be read");
	EVP_PKEY_free(pair);
	return NULL;
}

/* The public key's bytes: RFC 6376 3.6.1 has RSA in its DER form, RFC 8463 4.2 Ed25519 as it is. g_free. */
static unsigned char *
public_bytes(const EVP_PKEY *pair, enum dkim_algorithm algorithm, size_t *length)
{
	unsigned char *der = NULL, *bytes;
	int der_length;

	if (algorithm == DKIM_ALGORITHM_ED25519) {
		*length = ED25519_PUBLIC_BYTES;
		bytes = g_malloc(*length);
		if (EVP_PKEY_get_raw_public_key(pair, bytes, length) == 1)
			return bytes;
		g_free(bytes);
		return NULL;
	}
	der_length = i2d_PUBKEY(pair, &der);
	if (der_length <= 0)
		return NULL;
	*length = (size_t)der_length;
	bytes = g_memdup2(der, *length);
	OPENSSL_free(der);
	return bytes;
}

char *
dkim_key_pair_value(const struct dkim_key *key, struct error *error)
{
	EVP_PKEY *pair = dkim_key_pair_read(key, error);
	unsigned char *bytes;
	char *base64, *value = NULL;
	size_t length = 0;

	if (pair == NULL)
		return NULL;
	bytes = public_bytes(pair, key->algorithm, &length);
	if (bytes != NULL) {
		base64 = g_base64_encode(bytes, length);
		value = g_strdup_printf("v=DKIM1; k=%s; p=%s",
		    key->algorithm == DKIM_ALGORITHM_ED25519 ? "ed25519" : "rsa", base64);
		g_free(base64);
	} else {
		openssl_error(error, "the public key cannot be written");
	}
	g_free(bytes);
	EVP_PKEY_free(pair);
	return value;
}

bool
dkim_key_pair_record(const struct dkim_key *key, GString *record, struct error *error)
{
	char *value = dkim_key_pair_value(key, error);
	size_t length;

	if (value == NULL)
		return false;
	length = strlen(value);
	g_string_append_printf(record, "%s._domainkey.%s. IN TXT", key->selector, key->domain);
	for (size_t at = 0; at < length; at += DKIM_RECORD_STRING_MAX)
		g_string_append_printf(record, " \"%.*s\"", DKIM_RECORD_STRING_MAX, value + at);
	g_string_append_c(record, '\n');
	g_free(value);
	return true;
}
