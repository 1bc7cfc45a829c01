/*
 * Accounts, for the command line and the API (blocking). The relay's look-ups: db/account_lookup.h.
 * Each change notifies channel bracemail_account, so that caches drop what they remember.
 */
#ifndef DB_ACCOUNT_H
#define DB_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/password.h"
#include "db/connection.h"

enum { ACCOUNT_NAME_MAX = 255 };

struct account {
	int64_t account_id;
	char name[4 * ACCOUNT_NAME_MAX + 1]; /* as typed */
	char password_hash[PASSWORD_HASH_SIZE];
};

/* Whether both are one account with one password. */
bool account_is_same(const struct account *account, const struct account *other);

/* Makes an account and its default transactional group ("Default Transactional Group"). DB_STATUS_UNIQUE: the name is
 * taken. password_hash: from password_hash(). */
enum db_status account_create(struct db_connection *connection, const char *name,
    const char *password_hash, int64_t *account_id, struct error *error);

/* found: whether there is an account of that name, any case. */
enum db_status account_find(struct db_connection *connection, const char *name,
    struct account *account, bool *found, struct error *error);

/* changed: whether there was such an account (or network). Removal takes groups, members, queued mail and logs along. */
enum db_status account_remove(
    struct db_connection *connection, const char *name, bool *changed, struct error *error);
enum db_status account_set_keep_mail_from(struct db_connection *connection, const char *name,
    bool keep, bool *changed, struct error *error);
enum db_status account_set_password(struct db_connection *connection, const char *name,
    const char *password_hash, bool *changed, struct error *error);

/* Whose account it is: "" for nobody. */
enum db_status account_set_manager(struct db_connection *connection, const char *name,
    const char *address, bool *changed, struct error *error);

/* Who is told of a transactional message that was accepted and then failed; the numbers are the database's. */
enum account_notices {
	ACCOUNT_NOTICES_NONE,
	ACCOUNT_NOTICES_MANAGER = 1,
	ACCOUNT_NOTICES_FROM = 2,
	ACCOUNT_NOTICES_BOTH = ACCOUNT_NOTICES_MANAGER | ACCOUNT_NOTICES_FROM
};
enum db_status account_set_failure_notices(struct db_connection *connection, const char *name,
    enum account_notices notices, bool *changed, struct error *error);

/* limit: NULL for none. What is sent counts from the moment on that there is a limit. */
enum account_limit_window { ACCOUNT_LIMIT_HOUR, ACCOUNT_LIMIT_DAY };
enum db_status account_set_limit(struct db_connection *connection, const char *name,
    enum account_limit_window window, const int64_t *limit, bool *changed, struct error *error);

/* For how many days mail and logs are kept (db/retention.h). NULL: log.retention_days of the configuration. */
enum db_status account_set_retention_days(struct db_connection *connection, const char *name,
    const int64_t *days, bool *changed, struct error *error);

/* Counts messages that the account is to send, as the last statement of the transaction that stores them. DB_STATUS_LIMITED:
 * they pass its limit; the transaction is to be undone. */
enum db_status account_usage_add(
    struct db_connection *connection, int64_t account_id, int64_t messages, struct error *error);

/* network: "192.0.2.0/24", "2001:db8::/32" or one address; checked by PostgreSQL's cidr: error says what is wrong with it.
 * DB_STATUS_UNIQUE: registered for this account already. DB_STATUS_FAILED: not a network. */
enum db_status account_allow_network(struct db_connection *connection, const char *name,
    const char *network, bool *changed, struct error *error);
enum db_status account_deny_network(struct db_connection *connection, const char *name,
    const char *network, bool *changed, struct error *error);

struct account_listed_limit {
	bool is_set;
	int64_t limit, used; /* in this hour, or day */
};

struct account_listed {
	int64_t account_id;
	const char *name;
	const char *networks; /* joined with a space */
	const char *manager;  /* "": nobody */
	bool keeps_mail_from;
	enum account_notices notices;
	struct account_listed_limit hour, day;
	int retention_days; /* 0: log.retention_days of the configuration */
};

/* Calls each(arg, ...) for every account, in order of id. */
enum db_status account_list(struct db_connection *connection,
    void (*each)(void *arg, const struct account_listed *account), void *arg, struct error *error);

#endif
