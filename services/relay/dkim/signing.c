#include "services/relay/dkim/signing.h"

#include <stdbool.h>
#include <string.h>

#include <opendkim/dkim.h>
#include <openssl/err.h>

#include "base/log.h"
#include "services/relay/message/header_scan.h"

struct dkim_library {
	DKIM_LIB *handle;
};

struct dkim_signing {
	struct dkim_key_set *keys;
	DKIM **handles; /* by index of the key; NULL: it does not sign */
	char last[2];   /* bytes of the body */
};

static const char *const signed_fields[] = {"From", "Sender", "Reply-To", "Subject", "Date",
    "Message-ID", "To", "Cc", "In-Reply-To", "References", "Resent-Date", "Resent-From",
    "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Content-ID", "Content-Description", "List-Id", "List-Help",
    "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner",
    "List-Archive"};

static const char *const oversigned_fields[] = {
    "From", "Reply-To", "To", "Cc", "Subject", "Date", NULL};

struct dkim_library *
dkim_library_create(struct error *error)
{
	struct dkim_library *library;
	DKIM_LIB *handle = dkim_init(NULL, NULL);

	if (handle == NULL ||
	    dkim_options(handle, DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS, (void *)oversigned_fields,
		sizeof(u_char **)) != DKIM_STAT_OK) {
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

/* The key does not sign this message. What follows may succeed again, so it is tried for the next. */
static void
signing_drop(struct dkim_signing *signing, guint index, const char *reason)
{
	const struct dkim_key *key = g_ptr_array_index(signing->keys->keys, index);

	if (!signing->keys->is_broken[index])
		log_error("dkim-failed", "domain=%s selector=%s algorithm=%s reason=\"%s\"",
		    key->domain, key->selector, dkim_algorithm_name(key->algorithm),
		    reason != NULL ? reason : "unknown");
	signing->keys->is_broken[index] = true;
	if (signing->handles[index] != NULL)
		dkim_free(signing->handles[index]);
	signing->handles[index] = NULL;
	ERR_clear_error();
}

static DKIM *
handle_create(struct dkim_library *library, const struct dkim_key *key)
{
	DKIM_STAT status;

	return dkim_sign(library->handle, (const u_char *)"message", NULL,
	    (dkim_sigkey_t)key->private_key, (const u_char *)key->selector,
	    (const u_char *)key->domain, DKIM_CANON_RELAXED, DKIM_CANON_RELAXED,
	    key->algorithm == DKIM_ALGORITHM_ED25519 ? DKIM_SIGN_ED25519SHA256
						     : DKIM_SIGN_RSASHA256,
	    -1, &status);
}

static bool
field_is_signed(const struct header_field *field)
{
	for (size_t i = 0; i < G_N_ELEMENTS(signed_fields); i++)
		if (header_field_is(field, signed_fields[i]))
			return true;
	return false;
}

static DKIM_STAT
handle_read_head(DKIM *handle, const GString *head)
{
	struct header_scan scan = header_scan_start(head->str, head->len);
	struct header_field field;
	DKIM_STAT status = DKIM_STAT_OK;

	while (status == DKIM_STAT_OK && header_scan_next(&scan, &field))
		if (field_is_signed(&field))
			status = dkim_header(handle, (u_char *)field.raw,
			    (size_t)(field.value + field.value_length - field.raw));
	return status == DKIM_STAT_OK ? dkim_eoh(handle) : status;
}

struct dkim_signing *
dkim_signing_create(struct dkim_library *library, struct dkim_key_set *keys, const GString *head)
{
	struct dkim_signing *signing = g_new0(struct dkim_signing, 1);

	signing->keys = dkim_key_set_ref(keys);
	signing->handles = g_new0(DKIM *, keys->keys->len);
	for (guint i = 0; i < keys->keys->len; i++) {
		DKIM *handle = handle_create(library, g_ptr_array_index(keys->keys, i));

		signing->handles[i] = handle;
		if (handle == NULL)
			signing_drop(signing, i, "libopendkim refuses it");
		else if (handle_read_head(handle, head) != DKIM_STAT_OK)
			signing_drop(signing, i, dkim_geterror(handle));
	}
	return signing;
}

void
dkim_signing_destroy(struct dkim_signing *signing)
{
	if (signing == NULL)
		return;
	for (guint i = 0; i < signing->keys->keys->len; i++)
		if (signing->handles[i] != NULL)
			dkim_free(signing->handles[i]);
	g_free(signing->handles);
	dkim_key_set_unref(signing->keys);
	g_free(signing);
}

static void
signing_digest(struct dkim_signing *signing, const char *data, size_t length)
{
	for (guint i = 0; i < signing->keys->keys->len; i++)
		if (signing->handles[i] != NULL &&
		    dkim_body(signing->handles[i], (u_char *)data, length) != DKIM_STAT_OK)
			signing_drop(signing, i, dkim_geterror(signing->handles[i]));
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

void
dkim_signing_finish(struct dkim_signing *signing, GString *fields)
{
	u_char *value;
	size_t length;

	if (signing->last[1] != '\0' && !(signing->last[0] == '\r' && signing->last[1] == '\n'))
		signing_digest(signing, "\r\n", 2);
	for (guint i = 0; i < signing->keys->keys->len; i++) {
		DKIM *handle = signing->handles[i];

		if (handle == NULL)
			continue;
		if (dkim_eom(handle, NULL) != DKIM_STAT_OK ||
		    dkim_getsighdr_d(handle, strlen(DKIM_SIGNHEADER ": "), &value, &length) !=
			DKIM_STAT_OK) {
			signing_drop(signing, i, dkim_geterror(handle));
			continue;
		}
		g_string_append(fields, DKIM_SIGNHEADER ": ");
		g_string_append_len(fields, (const char *)value, (gssize)length);
		g_string_append(fields, "\r\n");
	}
}
