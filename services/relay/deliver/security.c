#include "services/relay/deliver/security.h"

#include <stdio.h>

static bool
security_is_required(const struct deliver_settings *settings, const char *domain)
{
	const char *const *each = settings->tls_required;

	if (settings->tls == DELIVER_TLS_REQUIRED)
		return true;
	for (; each != NULL && *each != NULL; each++)
		if (g_ascii_strcasecmp(*each, domain) == 0)
			return true;
	return false;
}

struct security
security_for_host(
    const struct deliver_settings *settings, const char *domain, const struct route_host *host)
{
	struct security security = {.tls = CLIENT_TLS_WHEN_OFFERED};

	(void)host;
	if (settings->route == DELIVER_ROUTE_MX)
		security.domain = domain;
	if (security_is_required(settings, domain)) {
		security.tls = CLIENT_TLS_REQUIRED;
		security.check = SECURITY_CHECK_NAME;
	} else if (settings->tls == DELIVER_TLS_OFF) {
		security.tls = CLIENT_TLS_NEVER;
	}
	return security;
}

SSL_CTX *
security_create_context(const struct deliver_settings *settings, struct error *error)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL) {
		error_set(error, "TLS: no client context");
		return NULL;
	}
	SSL_CTX_set_mode(context,
	    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
		SSL_MODE_RELEASE_BUFFERS);
	if (settings->tls_authorities == NULL) {
		(void)SSL_CTX_set_default_verify_paths(context);
	} else if (SSL_CTX_load_verify_file(context, settings->tls_authorities) != 1) {
		error_set(error, "delivery.tls_authorities: no certificates in \"%s\"",
		    settings->tls_authorities);
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

/* An address literal has no name: its certificate must hold the address. */
static bool
security_set_names(SSL *session, const struct security *security, const struct route_host *host)
{
	if (host->name == NULL)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host->ip) == 1;
	return SSL_set_tlsext_host_name(session, host->name) == 1 &&
	    SSL_set1_host(session, host->name) == 1 &&
	    (security->domain == NULL || SSL_add1_host(session, security->domain) == 1);
}

SSL *
security_create_session(
    SSL_CTX *context, const struct security *security, const struct route_host *host)
{
	SSL *session = SSL_new(context);

	if (session == NULL || !security_set_names(session, security, host)) {
		SSL_free(session);
		return NULL;
	}
	SSL_set_verify(session,
	    security->check == SECURITY_CHECK_NONE ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	return session;
}

void
security_describe(const SSL *session, char *out, size_t size)
{
	const char *verified = "none";

	if (SSL_get_verify_result(session) == X509_V_OK &&
	    SSL_get0_peer_certificate(session) != NULL)
		verified = "name";
	snprintf(out, size, "%s %s verified=%s", SSL_get_version(session),
	    SSL_get_cipher_name(session), verified);
}
