/*
 * Who calls? Names and passwords of API calls, checked against the account's slow hash once and from memory for
 * LOGIN_REMEMBER_SECONDS after that (a changed password is unknown at once). Thread-safe.
 */
#ifndef SERVICES_SOAP_LOGIN_H
#define SERVICES_SOAP_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

struct login;

enum { LOGIN_REMEMBER_SECONDS = 600, LOGIN_REMEMBER_MAX = 10000 };

struct login *login_create(void);
void login_destroy(struct login *login);

/* client: textual IP, for the count of wrong passwords. right: whether the pair is an account's; account_id is then set.
 * Takes as long for an unknown name as for a wrong password. */
enum db_status login_check(struct login *login, struct db_connection *database, const char *client,
    const char *username, const char *password, bool *right, int64_t *account_id,
    struct error *error);

/* Milliseconds that the answer to a call from there must wait, for the wrong passwords before; 0 as a rule. */
int login_delay(struct login *login, const char *client);

#endif
