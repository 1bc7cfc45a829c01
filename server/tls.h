/* TLS contexts of the servers: TLS 1.2 and up, certificate and key from PEM files. */
#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include <openssl/ssl.h>

#include "base/error.h"

/* certificate: the chain, the server's own first. The caller frees it by SSL_CTX_free(). NULL: error says which file
 * and why. */
SSL_CTX *tls_server_context(const char *certificate, const char *key, struct error *error);

#endif
