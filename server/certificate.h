/* The self-signed certificate of --dev: EC P-256, for localhost, 127.0.0.1, ::1 and the host name. */
#ifndef SERVER_CERTIFICATE_H
#define SERVER_CERTIFICATE_H

#include "base/error.h"

enum { CERTIFICATE_DAYS = 3650 };

/* Makes both files (PEM; the key with mode 0600) unless both are there. */
bool certificate_ensure(
    const char *hostname, const char *certificate, const char *key, struct error *error);

#endif
