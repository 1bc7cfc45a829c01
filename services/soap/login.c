#include "services/soap/login.h"

#include <string.h>

#include <glib.h>

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
	if (password_cache_knows(
		login->cache, account->account_id, account->password_hash, password))
		return true;
	if (!password_matches(password, account->password_hash))
		return false;
	password_cache_remember(
	    login->cache, account->account_id, account->password_hash, password);
	return true;
}

enum db_status
login_check(struct login *login, struct db_connection *database, const char *client,
    const char *username, const char *password, bool *right, int64_t *account_id,
    struct error *error)
{
	struct account account;
	bool found;
	enum db_status status;

	*right = false;
	if (strlen(password) >= PASSWORD_MAX)
		password = "";
	status = account_find(database, username, &account, &found, error);
	if (status != DB_STATUS_OK)
		return status;
	if (found) {
		*right = login_password_is_right(login, &account, password);
		*account_id = account.account_id;
	} else {
		password_waste_time(password);
	}
	if (!*right) {
		login_throttle_failed(login->throttle, client);
		log_info("api-login-refused", "client=%s", client);
	}
	return DB_STATUS_OK;
}

int
login_delay(struct login *login, const char *client)
{
	return login_throttle_delay(login->throttle, client);
}
