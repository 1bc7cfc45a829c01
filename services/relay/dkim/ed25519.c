#include "services/relay/dkim/ed25519.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/sha.h>

#include "base/clock.h"

#include "services/relay/dkim/fields.h"
#include "services/relay/dkim/relaxed.h"

enum {
	SIGNATURE_BYTES = 64, /* RFC 8032 5.1.6 */
	LINE_COLUMNS = 76,
	LINE_BASE64 = 64 /* characters, of 88 */
};

struct dkim_ed25519 {
	const struct dkim_key *key;
	EVP_PKEY *pair;
	GPtrArray *names; /* of the fields signed, last first (RFC 6376 5.4.2) */
	GString *relaxed; /* those fields, relaxed, in the same order */
	struct dkim_relaxed_body body;
	EVP_MD_CTX *digest; /* of the body */
	GString *piece;     /* of the body, relaxed */
};

/* Of several fields of one name a signature takes the last first, so all are taken from the last to the first. */
static void
head_read(struct dkim_ed25519 *signature, const GString *head)
{
	struct header_scan scan = header_scan_start(head->str, head->len);
	GArray *fields = g_array_new(FALSE, FALSE, sizeof(struct header_field));
	struct header_field field;

	while (header_scan_next(&scan, &field))
		if (dkim_field_is_signed(&field))
			g_array_append_val(fields, field);
	for (guint i = fields->len; i-- > 0;) {
		field = g_array_index(fields, struct header_field, i);
		g_ptr_array_add(signature->names, g_strndup(field.name, field.name_length));
		dkim_relaxed_field(&field, signature->relaxed);
		g_string_append(signature->relaxed, "\r\n");
	}
	g_array_free(fields, TRUE);
	for (size_t i = 0; dkim_oversigned_fields[i] != NULL; i++)
		g_ptr_array_add(signature->names, g_strdup(dkim_oversigned_fields[i]));
}

struct dkim_ed25519 *
dkim_ed25519_create(const struct dkim_key *key, EVP_PKEY *pair, const GString *head)
{
	struct dkim_ed25519 *signature = g_new0(struct dkim_ed25519, 1);

	signature->key = key;
	signature->pair = pair;
	signature->names = g_ptr_array_new_with_free_func(g_free);
	signature->relaxed = g_string_new(NULL);
	signature->piece = g_string_new(NULL);
	signature->digest = EVP_MD_CTX_new();
	EVP_DigestInit_ex(signature->digest, EVP_sha256(), NULL);
	head_read(signature, head);
	return signature;
}

void
dkim_ed25519_destroy(struct dkim_ed25519 *signature)
{
	if (signature == NULL)
		return;
	EVP_MD_CTX_free(signature->digest);
	g_ptr_array_unref(signature->names);
	g_string_free(signature->relaxed, TRUE);
	g_string_free(signature->piece, TRUE);
	g_free(signature);
}

static void
piece_digest(struct dkim_ed25519 *signature)
{
	EVP_DigestUpdate(signature->digest, signature->piece->str, signature->piece->len);
	g_string_truncate(signature->piece, 0);
}

void
dkim_ed25519_body(struct dkim_ed25519 *signature, const char *data, size_t length)
{
	dkim_relaxed_body_add(&signature->body, data, length, signature->piece);
	piece_digest(signature);
}

/* base64 of the body's digest; g_free. */
static char *
body_hash(struct dkim_ed25519 *signature)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	dkim_relaxed_body_end(&signature->body, signature->piece);
	piece_digest(signature);
	EVP_DigestFinal_ex(signature->digest, hash, NULL);
	return g_base64_encode(hash, sizeof(hash));
}

static void
names_append(const GPtrArray *names, GString *field)
{
	size_t column = strlen("\th=");

	g_string_append(field, "\r\n\th=");
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (i > 0)
			g_string_append_c(field, ':');
		column += strlen(name) + 1;
		if (column > LINE_COLUMNS) {
			g_string_append(field, "\r\n\t ");
			column = strlen(name) + 2;
		}
		g_string_append(field, name);
	}
}

/* The field up to the signature itself. */
static GString *
field_begin(struct dkim_ed25519 *signature)
{
	GString *field = g_string_new(NULL);
	char *hash = body_hash(signature);

	g_string_printf(field,
	    "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n\td=%s;\r\n\ts=%s;\r\n"
	    "\tt=%" PRId64 "; bh=%s;",
	    dkim_algorithm_name(signature->key->algorithm), signature->key->domain,
	    signature->key->selector, clock_now() / CLOCK_SECOND, hash);
	names_append(signature->names, field);
	g_string_append(field, ";\r\n\tb=");
	g_free(hash);
	return field;
}

/* RFC 6376 3.7: over the fields and, with nothing in b=, this one without its end. RFC 8463 3: Ed25519 signs the digest. */
static bool
field_sign(const struct dkim_ed25519 *signature, const GString *field, unsigned char *bytes)
{
	struct header_scan scan = header_scan_start(field->str, field->len);
	GString *text = g_string_new_len(signature->relaxed->str, (gssize)signature->relaxed->len);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t length = SIGNATURE_BYTES;
	struct header_field own;
	bool is_signed;

	(void)header_scan_next(&scan, &own);
	dkim_relaxed_field(&own, text);
	SHA256((const unsigned char *)text->str, text->len, digest);
	is_signed = EVP_DigestSignInit(context, NULL, NULL, NULL, signature->pair) == 1 &&
	    EVP_DigestSign(context, bytes, &length, digest, sizeof(digest)) == 1;
	EVP_MD_CTX_free(context);
	g_string_free(text, TRUE);
	return is_signed;
}

bool
dkim_ed25519_finish(struct dkim_ed25519 *signature, GString *fields, struct error *error)
{
	GString *field = field_begin(signature);
	unsigned char bytes[SIGNATURE_BYTES];
	bool is_signed = field_sign(signature, field, bytes);
	char *base64;

	if (is_signed) {
		base64 = g_base64_encode(bytes, sizeof(bytes));
		g_string_append_len(fields, field->str, (gssize)field->len);
		g_string_append_printf(
		    fields, "%.*s\r\n\t %s\r\n", LINE_BASE64, base64, base64 + LINE_BASE64);
		g_free(base64);
	} else {
		error_set(error, "OpenSSL does not sign");
		ERR_clear_error();
	}
	g_string_free(field, TRUE);
	return is_signed;
}
