#include "services/soap/login.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>

#include "base/log.h"
#include "base/login_throttle.h"
#include "base/password.h"

struct login {
	struct password_cache *cache;
	pthread_mutex_t mutex;
	GHashTable *accounts; /* user name as given -> struct account as it was then */
	struct login_throttle *throttle;
};

struct login *
login_create(void)
{
	struct login *login = g_new0(struct login, 1);

	login->cache = password_cache_create(LOGIN_REMEMBER_SECONDS, LOGIN_REMEMBER_MAX);
	login->throttle = login_throttle_create();
	pthread_mutex_init(&login->mutex, NULL);
	login->accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return login;
}

void
login_destroy(struct login *login)
{
	password_cache_destroy(login->cache);
	login_throttle_destroy(login->throttle);
	g_hash_table_unref(login->accounts);
	pthread_mutex_destroy(&login->mutex);
	g_free(login);
}

static void
login_remember(struct login *login, const char *username, const struct account *account)
{
	const struct account *known;

	pthread_mutex_lock(&login->mutex);
	known = g_hash_table_lookup(login->accounts, username);
	if (known == NULL || !account_is_same(known, account)) {
		if (g_hash_table_size(login->accounts) >= LOGIN_REMEMBER_MAX)
			g_hash_table_remove_all(login->accounts);
		g_hash_table_replace(
		    login->accounts, g_strdup(username), g_memdup2(account, sizeof(*account)));
	}
	pthread_mutex_unlock(&login->mutex);
}

bool
login_remembers(
    struct login *login, const char *username, const char *password, struct account *account)
{
	const struct account *known;
	bool found;

	pthread_mutex_lock(&login->mutex);
	known = g_hash_table_lookup(login->accounts, username);
	found = known != NULL;
	if (found)
		*account = *known;
	pthread_mutex_unlock(&login->mutex);
	return found && strlen(password) < PASSWORD_MAX &&
	    password_cache_knows(
		login->cache, account->account_id, account->password_hash, password);
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
		login_remember(login, attempt->username, &account);
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
