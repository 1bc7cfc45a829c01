#include "server/tls.h"

#include <openssl/err.h>

#define SESSION_ID_CONTEXT "bracemail"

static bool
tls_error(struct error *error, const char *path, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return error_set(
	    error, "%s: %s: %s", path, what, reason != NULL ? reason : "unknown reason");
}

static bool
tls_use_files(SSL_CTX *context, const char *certificate, const char *key, struct error *error)
{
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return tls_error(error, certificate, "cannot be used as a certificate (PEM)");
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		return tls_error(error, key, "cannot be used as the certificate's key (PEM)");
	if (SSL_CTX_check_private_key(context) != 1)
		return tls_error(error, key, "does not belong to the certificate");
	return true;
}

/* A key with a passphrase would ask for it on the terminal; it is refused instead. */
static int
tls_no_passphrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

SSL_CTX *
tls_server_context(const char *certificate, const char *key, struct error *error)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL) {
		tls_error(error, "OpenSSL", "no TLS context");
		return NULL;
	}
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
	SSL_CTX_set_session_id_context(
	    context, (const unsigned char *)SESSION_ID_CONTEXT, sizeof(SESSION_ID_CONTEXT) - 1);
	SSL_CTX_set_default_passwd_cb(context, tls_no_passphrase);
	if (tls_use_files(context, certificate, key, error))
		return context;
	SSL_CTX_free(context);
	return NULL;
}
