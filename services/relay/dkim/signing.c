#include "services/relay/dkim/signing.h"

#include <stdbool.h>
#include <string.h>

#include <opendkim/dkim.h>
#include <openssl/err.h>

#include "base/log.h"
#include "services/relay/message/header_scan.h"

#include "services/relay/dkim/ed25519.h"
#include "services/relay/dkim/fields.h"
#include "services/relay/dkim/key_pair.h"

struct dkim_library {
	DKIM_LIB *handle;
};

/* One key's; neither: it does not sign. */
struct signature {
	DKIM *rsa;
	struct dkim_ed25519 *ed25519;
};

struct dkim_signing {
	struct dkim_key_set *keys;
	struct signature *signatures; /* by index of the key */
	char last[2];                 /* bytes of the body */
};

struct dkim_library *
dkim_library_create(struct error *error)
{
	struct dkim_library *library;
	DKIM_LIB *handle = dkim_init(NULL, NULL);

	if (handle == NULL ||
	    dkim_options(handle, DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS,
		(void *)dkim_oversigned_fields, sizeof(u_char **)) != DKIM_STAT_OK) {
		if (handle != NULL)
			dkim_close(handle);
		error_set(error, "libopendkim cannot be set up");
		return NULL;
	}
	library = g_new0(struct dkim_library, 1);
	library->handle = handle;
	return library;
}

void
dkim_library_destroy(struct dkim_library *library)
{
	if (library == NULL)
		return;
	dkim_close(library->handle);
	g_free(library);
}

static void
pair_free(void *pair)
{
	EVP_PKEY_free(pair);
}

static void
pairs_free(void *pairs)
{
	g_ptr_array_unref(pairs);
}

/* The keys as OpenSSL has them, by index; NULL for one that is no use. */
static GPtrArray *
pairs_of(struct dkim_key_set *set)
{
	GPtrArray *pairs = set->prepared;
	struct error error;

	if (pairs != NULL)
		return pairs;
	pairs = g_ptr_array_new_with_free_func(pair_free);
	for (guint i = 0; i < set->keys->len; i++) {
		const struct dkim_key *key = g_ptr_array_index(set->keys, i);
		EVP_PKEY *pair = dkim_key_pair_read(key, &error);

		if (pair == NULL)
			log_error("dkim-failed", "domain=%s selector=%s algorithm=%s reason=\"%s\"",
			    key->domain, key->selector, dkim_algorithm_name(key->algorithm),
			    error.text);
		g_ptr_array_add(pairs, pair);
	}
	set->prepared = pairs;
	set->prepared_free = pairs_free;
	return pairs;
}

static void
signature_clear(struct signature *signature)
{
	if (signature->rsa != NULL)
		dkim_free(signature->rsa);
	dkim_ed25519_destroy(signature->ed25519);
	*signature = (struct signature){0};
}

/* The key does not sign this message, but may sign the next. */
static void
signing_drop(struct dkim_signing *signing, guint index, const char *reason)
{
	const struct dkim_key *key = g_ptr_array_index(signing->keys->keys, index);

	log_error("dkim-failed", "domain=%s selector=%s algorithm=%s reason=\"%s\"", key->domain,
	    key->selector, dkim_algorithm_name(key->algorithm), reason);
	signature_clear(&signing->signatures[index]);
	ERR_clear_error();
}

static void
signing_drop_rsa(struct dkim_signing *signing, guint index)
{
	const char *reason = dkim_geterror(signing->signatures[index].rsa);

	signing_drop(signing, index, reason != NULL ? reason : "libopendkim does not say why");
}

static DKIM_STAT
rsa_read_head(DKIM *rsa, const GString *head)
{
	struct header_scan scan = header_scan_start(head->str, head->len);
	struct header_field field;
	DKIM_STAT status = DKIM_STAT_OK;

	while (status == DKIM_STAT_OK && header_scan_next(&scan, &field))
		if (dkim_field_is_signed(&field))
			status = dkim_header(rsa, (u_char *)field.raw,
			    (size_t)(field.value + field.value_length - field.raw));
	return status == DKIM_STAT_OK ? dkim_eoh(rsa) : status;
}

static void
signing_start_rsa(
    struct dkim_signing *signing, guint index, struct dkim_library *library, const GString *head)
{
	const struct dkim_key *key = g_ptr_array_index(signing->keys->keys, index);
	DKIM_STAT status;
	DKIM *rsa = dkim_sign(library->handle, (const u_char *)"message", NULL,
	    (dkim_sigkey_t)key->private_key, (const u_char *)key->selector,
	    (const u_char *)key->domain, DKIM_CANON_RELAXED, DKIM_CANON_RELAXED,
	    DKIM_SIGN_RSASHA256, -1, &status);

	signing->signatures[index].rsa = rsa;
	if (rsa == NULL)
		signing_drop(signing, index, "libopendkim refuses it");
	else if (rsa_read_head(rsa, head) != DKIM_STAT_OK)
		signing_drop_rsa(signing, index);
}

struct dkim_signing *
dkim_signing_create(struct dkim_library *library, struct dkim_key_set *keys, const GString *head)
{
	struct dkim_signing *signing = g_new0(struct dkim_signing, 1);
	GPtrArray *pairs = pairs_of(keys);

	signing->keys = dkim_key_set_ref(keys);
	signing->signatures = g_new0(struct signature, keys->keys->len);
	for (guint i = 0; i < keys->keys->len; i++) {
		const struct dkim_key *key = g_ptr_array_index(keys->keys, i);
		EVP_PKEY *pair = g_ptr_array_index(pairs, i);

		if (pair == NULL)
			continue;
		if (key->algorithm == DKIM_ALGORITHM_ED25519)
			signing->signatures[i].ed25519 = dkim_ed25519_create(key, pair, head);
		else
			signing_start_rsa(signing, i, library, head);
	}
	return signing;
}

void
dkim_signing_destroy(struct dkim_signing *signing)
{
	if (signing == NULL)
		return;
	for (guint i = 0; i < signing->keys->keys->len; i++)
		signature_clear(&signing->signatures[i]);
	g_free(signing->signatures);
	dkim_key_set_unref(signing->keys);
	g_free(signing);
}

static void
signing_digest(struct dkim_signing *signing, const char *data, size_t length)
{
	for (guint i = 0; i < signing->keys->keys->len; i++) {
		const struct signature *signature = &signing->signatures[i];

		if (signature->ed25519 != NULL)
			dkim_ed25519_body(signature->ed25519, data, length);
		else if (signature->rsa != NULL &&
		    dkim_body(signature->rsa, (u_char *)data, length) != DKIM_STAT_OK)
			signing_drop_rsa(signing, i);
	}
}

void
dkim_signing_body(struct dkim_signing *signing, const char *data, size_t length)
{
	if (length == 0)
		return;
	signing_digest(signing, data, length);
	signing->last[0] = length > 1 ? data[length - 2] : signing->last[1];
	signing->last[1] = data[length - 1];
}

static void
signing_finish_rsa(struct dkim_signing *signing, guint index, GString *fields)
{
	DKIM *rsa = signing->signatures[index].rsa;
	u_char *value;
	size_t length;

	if (dkim_eom(rsa, NULL) != DKIM_STAT_OK ||
	    dkim_getsighdr_d(rsa, strlen(DKIM_SIGNHEADER ": "), &value, &length) != DKIM_STAT_OK) {
		signing_drop_rsa(signing, index);
		return;
	}
	g_string_append(fields, DKIM_SIGNHEADER ": ");
	g_string_append_len(fields, (const char *)value, (gssize)length);
	g_string_append(fields, "\r\n");
}

void
dkim_signing_finish(struct dkim_signing *signing, GString *fields)
{
	struct error error;

	if (signing->last[1] != '\0' && !(signing->last[0] == '\r' && signing->last[1] == '\n'))
		signing_digest(signing, "\r\n", 2);
	for (guint i = 0; i < signing->keys->keys->len; i++) {
		const struct signature *signature = &signing->signatures[i];

		if (signature->rsa != NULL)
			signing_finish_rsa(signing, i, fields);
		else if (signature->ed25519 != NULL &&
		    !dkim_ed25519_finish(signature->ed25519, fields, &error))
			signing_drop(signing, i, error.text);
	}
}
