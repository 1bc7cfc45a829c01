/*
 * What --dev adds to the configuration of its profile: a self-signed certificate and a demo account.
 *
 *   DATA_DIR/tls.crt, tls.key    the certificate, for ten years
 *   DATA_DIR/demo-password       0600; made at first, kept so that later starts print the same
 */
#ifndef SERVER_DEV_H
#define SERVER_DEV_H

#include "base/error.h"
#include "db/connection.h"
#include "server/config.h"

#define DEV_ACCOUNT "demo"
#define DEV_NETWORK "127.0.0.1/32"

enum { DEV_PASSWORD_SIZE = 17 };

/* Makes data_dir; where the configuration names no certificate, sets one (made when missing). */
bool dev_prepare(struct config *config, struct error *error);

/* The demo account's password, from its file, made at the first call. password: DEV_PASSWORD_SIZE bytes. */
bool dev_password(const char *data_dir, char *password, struct error *error);

/* Makes the demo account if it is missing, and sees to it that its password is the one in the file. */
bool dev_account_ensure(
    struct db_connection *connection, const char *data_dir, struct error *error);

#endif
