#include "services/relay/deliver/security.h"

#include <stdio.h>

#include <openssl/x509v3.h>

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

/* RFC 7672 3.1: DANE-TA(2) and DANE-EE(3) alone mean something in SMTP; a record begins with usage,
 * selector and matching type. */
static bool
security_can_use(GBytes *record)
{
	static const gsize sizes[] = {0, 32, 64}; /* of the digests; 0: the whole is there */
	gsize size;
	const unsigned char *data = g_bytes_get_data(record, &size);

	return size > 3 && (data[0] == 2 || data[0] == 3) && data[1] <= 1 &&
	    data[2] < G_N_ELEMENTS(sizes) && (data[2] == 0 || size - 3 == sizes[data[2]]);
}

bool
security_has_dane(const struct route_host *host)
{
	for (guint i = 0; host->tlsa != NULL && i < host->tlsa->len; i++)
		if (security_can_use(g_ptr_array_index(host->tlsa, i)))
			return true;
	return false;
}

static void
security_apply_dane(struct security *security, const struct route_host *host)
{
	/* RFC 7672 2.2: with records that are of no use it is TLS with any certificate. */
	security->tls = CLIENT_TLS_REQUIRED;
	if (security_has_dane(host))
		security->check = SECURITY_CHECK_DANE;
}

/* The domain's name does not do in a certificate: who controls DNS may have named the host (RFC 8461 4.2). */
static void
security_apply_mta_sts(struct security *security, const struct route_host *host)
{
	if (host->mta_sts == MTA_STS_NONE)
		return;
	security->is_tested = host->mta_sts == MTA_STS_TESTING;
	if (security->is_tested && security->check != SECURITY_CHECK_NONE)
		return;
	security->domain = NULL;
	if (security->is_tested)
		return;
	security->tls = CLIENT_TLS_REQUIRED;
	security->check = SECURITY_CHECK_MTA_STS;
}

/* RFC 8689 4.2.1: RFC 6125 for the host's name, where no other check decides. */
static void
security_apply_requiretls(struct security *security)
{
	security->tls = CLIENT_TLS_PASSED_ON;
	security->is_tested = false;
	if (security->check == SECURITY_CHECK_DANE)
		return;
	security->domain = NULL;
	if (security->check == SECURITY_CHECK_NONE)
		security->check = SECURITY_CHECK_NAME;
}

static struct security
security_of_policies(
    const struct deliver_settings *settings, const char *domain, const struct route_host *host)
{
	struct security security = {.tls = CLIENT_TLS_WHEN_OFFERED};

	if (settings->route == DELIVER_ROUTE_MX)
		security.domain = domain;
	if (security_is_required(settings, domain)) {
		security.tls = CLIENT_TLS_REQUIRED;
		security.check = SECURITY_CHECK_NAME;
	} else if (settings->tls == DELIVER_TLS_OFF) {
		security.tls = CLIENT_TLS_NEVER;
		return security;
	}
	if (host->tlsa != NULL && host->tlsa->len > 0)
		security_apply_dane(&security, host);
	security_apply_mta_sts(&security, host);
	return security;
}

struct security
security_for_host(const struct deliver_settings *settings, const char *domain,
    const struct route_host *host, enum message_tls asked)
{
	struct security security = security_of_policies(settings, domain, host);

	if (asked == MESSAGE_TLS_REQUIRED)
		security_apply_requiretls(&security);
	return security;
}

SSL_CTX *
security_create_context(const struct deliver_settings *settings, struct error *error)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL || SSL_CTX_dane_enable(context) != 1) {
		SSL_CTX_free(context);
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
	if (security->check == SECURITY_CHECK_MTA_STS)
		SSL_set_hostflags(session, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return SSL_set_tlsext_host_name(session, host->name) == 1 &&
	    SSL_set1_host(session, host->name) == 1 &&
	    (security->domain == NULL || SSL_add1_host(session, security->domain) == 1);
}

/* RFC 7672 3.1.1: names and dates of a certificate that DANE-EE(3) matches do not matter. */
static bool
security_set_tlsa(SSL *session, const struct security *security, const struct route_host *host)
{
	if (SSL_dane_enable(session, host->name) != 1)
		return false;
	(void)SSL_dane_set_flags(session, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (guint i = 0; i < host->tlsa->len; i++) {
		GBytes *record = g_ptr_array_index(host->tlsa, i);
		gsize size;
		const unsigned char *data = g_bytes_get_data(record, &size);

		/* One that OpenSSL cannot read matches nothing. */
		if (security_can_use(record) &&
		    SSL_dane_tlsa_add(session, data[0], data[1], data[2], data + 3, size - 3) < 0)
			return false;
	}
	return security->domain == NULL || SSL_add1_host(session, security->domain) == 1;
}

static bool
security_apply(SSL *session, const struct security *security, const struct route_host *host)
{
	SSL_set_verify(session,
	    security->check == SECURITY_CHECK_NONE ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	if (security->check == SECURITY_CHECK_DANE)
		return security_set_tlsa(session, security, host);
	return security_set_names(session, security, host);
}

SSL *
security_create_session(
    SSL_CTX *context, const struct security *security, const struct route_host *host)
{
	SSL *session = SSL_new(context);

	if (session == NULL || !security_apply(session, security, host)) {
		SSL_free(session);
		return NULL;
	}
	return session;
}

bool
security_is_verified(SSL *session)
{
	return SSL_get_verify_result(session) == X509_V_OK &&
	    SSL_get0_peer_certificate(session) != NULL;
}

void
security_describe(SSL *session, const struct security *security, char *out, size_t size)
{
	const char *verified = "none";

	if (security_is_verified(session))
		verified = SSL_get0_dane_authority(session, NULL, NULL) >= 0 ? "dane"
		    : security->check == SECURITY_CHECK_MTA_STS              ? "mta-sts"
									     : "name";
	snprintf(out, size, "%s %s verified=%s", SSL_get_version(session),
	    SSL_get_cipher_name(session), verified);
}
