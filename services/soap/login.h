/*
 * Who calls? Names and passwords of API calls, checked against the account's slow hash once and from memory for
 * LOGIN_REMEMBER_SECONDS after that (a changed password is unknown at once). Thread-safe.
 */
#ifndef SERVICES_SOAP_LOGIN_H
#define SERVICES_SOAP_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/account.h"
#include "db/connection.h"

struct login;

enum { LOGIN_REMEMBER_SECONDS = 600, LOGIN_REMEMBER_MAX = 10000 };

struct login *login_create(void);
void login_destroy(struct login *login);

/* A call that came with this name and password. */
struct login_attempt {
	const char *client; /* textual IP, for the count of wrong passwords */
	const char *username;
	const char *password;
	bool has_waited; /* for as long as an attempt before this one was told */
};

struct login_outcome {
	bool is_right;      /* the pair is an account's */
	int64_t account_id; /* then */
	char *account;      /* then: its name, the caller's to g_free() */
	/* Milliseconds to come back after: the account was guessed at too often. Nothing was checked; 0 as a rule. Who was
	 * right lately does not wait. */
	int delay;
};

/* Takes as long for an unknown name as for a wrong password, and delays both alike. */
enum db_status login_check(struct login *login, struct db_connection *database,
    const struct login_attempt *attempt, struct login_outcome *outcome, struct error *error);

/*
 * The same without the database, for who was right lately. account: as it was then, to be asked for once more
 * (campaign_ask()) before anything is told.
 */
bool login_remembers(
    struct login *login, const char *username, const char *password, struct account *account);

/* Whether given is that token; each that is not counts as a wrong password from there. */
bool login_token_is(struct login *login, const char *client, const char *given, const char *token);

/* Milliseconds that the answer to a call from there must wait, for the wrong passwords before; 0 as a rule. */
int login_delay(struct login *login, const char *client);

#endif
