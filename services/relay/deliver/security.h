/*
 * What is asked of a connection before a message goes over it: whether TLS may, must or must not be
 * used, and how the server's certificate is verified.
 *
 * opportunistic (RFC 7435): TLS where offered, with any certificate, in the clear where not.
 * DANE (RFC 7672): a host with TLSA records in secure DNS must offer TLS, and show a certificate
 * that one of them matches, unless none of them can be used.
 * MTA-STS (RFC 8461), mode enforce: TLS, with a certificate that this machine trusts for the host's name; mode testing: what is
 * not so is told, and mail goes as if there were no policy. DANE comes first.
 * required: TLS, with a certificate that this machine trusts for the host's name or the domain's.
 * REQUIRETLS (RFC 8689 4.2): TLS, with a certificate that DANE or a trusted authority vouches for, to a host whose name is
 * vouched for as well, and which asks as much of the next one.
 */
#ifndef SERVICES_RELAY_DELIVER_SECURITY_H
#define SERVICES_RELAY_DELIVER_SECURITY_H

#include <openssl/ssl.h>

#include "db/message.h"

#include "services/relay/deliver/client.h"
#include "services/relay/deliver/route.h"
#include "services/relay/deliver/scheduler.h"

enum security_check {
	SECURITY_CHECK_NONE,    /* looked at for the transcript only */
	SECURITY_CHECK_NAME,    /* RFC 6125, against the trusted authorities */
	SECURITY_CHECK_MTA_STS, /* the same, for the host's own name (RFC 8461 4.2) */
	SECURITY_CHECK_DANE     /* RFC 7672, against the host's TLSA records */
};

struct security {
	enum client_tls tls;
	enum security_check check;
	bool is_tested;     /* mode testing */
	const char *domain; /* its name will do in a certificate too; or NULL. As given. */
};

/* For a host of the route to this mail domain, and mail that asks this of TLS. */
struct security security_for_host(const struct deliver_settings *settings, const char *domain,
    const struct route_host *host, enum message_tls asked);

/* The context of all connections; NULL with the reason. */
SSL_CTX *security_create_context(const struct deliver_settings *settings, struct error *error);

/* A client's session for a handshake with that host. NULL: out of memory. */
SSL *security_create_session(
    SSL_CTX *context, const struct security *security, const struct route_host *host);

/* Whether DANE decides for that host: a TLSA record of it can be used. */
bool security_has_dane(const struct route_host *host);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384 verified=name" of a session whose handshake is done, into out. */
void security_describe(SSL *session, const struct security *security, char *out, size_t size);

/* Whether the handshake showed a certificate that was trusted, for a name that was asked for or by DANE. */
bool security_is_verified(SSL *session);

#endif
