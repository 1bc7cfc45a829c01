#include "services/soap/login.h"

#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>

#include "base/log.h"
#include "base/login_throttle.h"
#include "base/password.h"
#include "db/account.h"

struct login {
	struct password_cache *cache;
	struct login_throttle *throttle;
};

struct login *
login_create(void)
{
	struct login *login = g_new0(struct login, 1);

	login->cache = password_cache_create(LOGIN_REMEMBER_SECONDS, LOGIN_REMEMBER_MAX);
	login->throttle = login_throttle_create();
	return login;
}

void
login_destroy(struct login *login)
{
	password_cache_destroy(login->cache);
	login_throttle_destroy(login->throttle);
	g_free(login);
}

static bool
login_password_is_right(struct login *login, const struct account *account, const char *password)
{
	if (!password_matches(password, account->password_hash))
		return false;
	password_cache_remember(
	    login->cache, account->account_id, account->password_hash, password);
	return true;
}

static void
login_refuse(struct login *login, const struct login_attempt *attempt)
{
	login_throttle_failed(login->throttle, attempt->client);
	login_throttle_account_failed(login->throttle, attempt->username);
	log_info("api-login-refused", "client=%s", attempt->client);
}

enum db_status
login_check(struct login *login, struct db_connection *database,
    const struct login_attempt *attempt, struct login_outcome *outcome, struct error *error)
{
	const char *password = strlen(attempt->password) < PASSWORD_MAX ? attempt->password : "";
	struct account account;
	bool found;
	enum db_status status;

	*outcome = (struct login_outcome){0};
	status = account_find(database, attempt->username, &account, &found, error);
	if (status != DB_STATUS_OK)
		return status;
	if (found)
		outcome->account_id = account.account_id;
	outcome->is_right = found &&
	    password_cache_knows(login->cache, account.account_id, account.password_hash, password);
	if (outcome->is_right) {
		outcome->account = g_strdup(account.name);
		return DB_STATUS_OK;
	}
	if (!attempt->has_waited)
		outcome->delay = login_throttle_account_delay(login->throttle, attempt->username);
	if (outcome->delay > 0)
		return DB_STATUS_OK;
	if (found)
		outcome->is_right = login_password_is_right(login, &account, password);
	else
		password_waste_time(password);
	if (outcome->is_right)
		outcome->account = g_strdup(account.name);
	else
		login_refuse(login, attempt);
	return DB_STATUS_OK;
}

bool
login_token_is(struct login *login, const char *client, const char *given, const char *token)
{
	size_t length = strlen(token);

	if (strlen(given) == length && CRYPTO_memcmp(given, token, length) == 0)
		return true;
	login_throttle_failed(login->throttle, client);
	log_info("api-token-refused", "client=%s", client);
	return false;
}

int
login_delay(struct login *login, const char *client)
{
	return login_throttle_delay(login->throttle, client);
}
