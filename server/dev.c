#include "server/dev.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "base/password.h"
#include "db/account.h"

#include "server/certificate.h"

bool
dev_prepare(struct config *config, struct error *error)
{
	char *certificate = g_build_filename(config->data_dir, "tls.crt", NULL);
	char *key = g_build_filename(config->data_dir, "tls.key", NULL);
	bool done = true;

	if (g_mkdir_with_parents(config->data_dir, geteuid() == 0 ? 0711 : 0700) != 0) {
		done = error_set(error, "cannot make %s: %s", config->data_dir, strerror(errno));
	} else if (config->tls_certificate == NULL) {
		done = certificate_ensure(config->hostname, certificate, key, error);
		config->tls_certificate = config_keep(config, certificate);
		config->tls_key = config_keep(config, key);
	}
	g_free(certificate);
	g_free(key);
	return done;
}

/* Letters and digits that are not mistaken for each other: it is read off a screen. */
static bool
dev_password_make(char *password, struct error *error)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char random[DEV_PASSWORD_SIZE - 1];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return error_set(error, "OpenSSL has no random bytes");
	for (size_t i = 0; i < sizeof(random); i++)
		password[i] = letters[random[i] % (sizeof(letters) - 1)];
	password[sizeof(random)] = '\0';
	return true;
}

static bool
dev_password_write(const char *path, const char *password, struct error *error)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool done;

	if (file < 0)
		return error_set(error, "cannot write %s: %s", path, strerror(errno));
	done = write(file, password, strlen(password)) == (ssize_t)strlen(password) &&
	    write(file, "\n", 1) == 1;
	if (close(file) != 0 || !done)
		return error_set(error, "cannot write %s: %s", path, strerror(errno));
	return true;
}

bool
dev_password(const char *data_dir, char *password, struct error *error)
{
	char *path = g_build_filename(data_dir, "demo-password", NULL);
	char *text = NULL;
	bool done = true;

	if (g_file_get_contents(path, &text, NULL, NULL) &&
	    strlen(g_strchomp(text)) == DEV_PASSWORD_SIZE - 1)
		memcpy(password, text, DEV_PASSWORD_SIZE);
	else
		done =
		    dev_password_make(password, error) && dev_password_write(path, password, error);
	g_free(text);
	g_free(path);
	return done;
}

bool
dev_account_ensure(struct db_connection *connection, const char *data_dir, struct error *error)
{
	char password[DEV_PASSWORD_SIZE], hash[PASSWORD_HASH_SIZE];
	enum db_status status;
	struct account account;
	int64_t account_id;
	bool found, changed;

	if (!dev_password(data_dir, password, error))
		return false;
	status = account_find(connection, DEV_ACCOUNT, &account, &found, error);
	if (status == DB_STATUS_OK && found && password_matches(password, account.password_hash))
		return true;
	if (status != DB_STATUS_OK || !password_hash(password, hash, error))
		return false;
	if (found)
		return account_set_password(connection, DEV_ACCOUNT, hash, &changed, error) ==
		    DB_STATUS_OK;
	return account_create(connection, DEV_ACCOUNT, hash, &account_id, error) == DB_STATUS_OK &&
	    account_allow_network(connection, DEV_ACCOUNT, DEV_NETWORK, &changed, error) ==
	    DB_STATUS_OK;
}
