/*
 * The server of --dev where all outgoing mail goes, so that nobody is mailed by accident.
 *
 * Each message becomes NAME.eml, byte for byte as it came, and NAME.envelope, with a line "MAIL FROM:<...>" and a
 * line "RCPT TO:<...>" for each recipient; the reply says NAME. It answers by recipient: reject-550@... gets 550
 * 5.1.1; defer-451@... gets 451 4.3.0 twice, then 250; all others 250.
 */
#ifndef SERVICES_RELAY_RECEIVE_CAPTURE_H
#define SERVICES_RELAY_RECEIVE_CAPTURE_H

#include <openssl/ssl.h>

#include "base/error.h"

struct capture_server;
struct event_base;

enum {
	CAPTURE_MEMORY_BYTES = 64 << 20, /* of messages being received */
	CAPTURE_DEFERRALS = 2,
	CAPTURE_DEFERRED_MAX = 10000 /* addresses remembered; then all are forgotten */
};

/*
 * addresses: "127.0.0.1:2526", NULL-terminated, must outlive the server as hostname and tls (NULL: no STARTTLS) must.
 * directory: made when missing.
 */
struct capture_server *capture_server_create(struct event_base *base, const char *hostname,
    const char *const *addresses, const char *directory, SSL_CTX *tls, struct error *error);
void capture_server_destroy(struct capture_server *server);

#endif
