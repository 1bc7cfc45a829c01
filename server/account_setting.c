#include "server/account_setting.h"

#include <string.h>

#include <glib.h>

#include "db/retention.h"

enum { ACCOUNT_LIMIT_MAX = 1000000000 };

struct setting_call {
	struct db_connection *connection;
	const struct config *config;
	const char *account, *setting, *value;
};

static bool
set_keep_mail_from(const struct setting_call *call, bool *found, struct error *error)
{
	bool keep = strcmp(call->value, "yes") == 0;

	if (!keep && strcmp(call->value, "no") != 0)
		return error_set(error, "%s is yes or no, not \"%s\"", call->setting, call->value);
	return account_set_keep_mail_from(call->connection, call->account, keep, found, error) ==
	    DB_STATUS_OK;
}

static bool
set_manager(const struct setting_call *call, bool *found, struct error *error)
{
	bool none = strcmp(call->value, "none") == 0;
	const char *at = strchr(call->value, '@');

	if (!none && (at == NULL || at == call->value || at[1] == '\0'))
		return error_set(error, "%s is an e-mail address, or none, not \"%s\"",
		    call->setting, call->value);
	return account_set_manager(call->connection, call->account, none ? "" : call->value, found,
		   error) == DB_STATUS_OK;
}

static const char *const notices_words[] = {
    [ACCOUNT_NOTICES_NONE] = "neither",
    [ACCOUNT_NOTICES_MANAGER] = "manager",
    [ACCOUNT_NOTICES_FROM] = "from",
    [ACCOUNT_NOTICES_BOTH] = "both",
};

const char *
account_setting_notices(enum account_notices notices)
{
	return notices_words[notices];
}

static bool
set_failure_notices(const struct setting_call *call, bool *found, struct error *error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(notices_words); i++)
		if (strcmp(call->value, notices_words[i]) == 0)
			return account_set_failure_notices(call->connection, call->account, i,
				   found, error) == DB_STATUS_OK;
	return error_set(
	    error, "%s is neither, manager, from or both, not \"%s\"", call->setting, call->value);
}

static bool
set_limit(const struct setting_call *call, enum account_limit_window window, bool *found,
    struct error *error)
{
	bool none = strcmp(call->value, "none") == 0;
	gint64 limit = 0;

	if (!none && !g_ascii_string_to_signed(call->value, 10, 0, ACCOUNT_LIMIT_MAX, &limit, NULL))
		return error_set(error, "%s is a number from 0 to %d, or none, not \"%s\"",
		    call->setting, ACCOUNT_LIMIT_MAX, call->value);
	return account_set_limit(call->connection, call->account, window, none ? NULL : &limit,
		   found, error) == DB_STATUS_OK;
}

static bool
set_hour_limit(const struct setting_call *call, bool *found, struct error *error)
{
	return set_limit(call, ACCOUNT_LIMIT_HOUR, found, error);
}

static bool
set_day_limit(const struct setting_call *call, bool *found, struct error *error)
{
	return set_limit(call, ACCOUNT_LIMIT_DAY, found, error);
}

static bool
set_retention_days(const struct setting_call *call, bool *found, struct error *error)
{
	bool is_default = strcmp(call->value, "default") == 0;
	unsigned least = MAX(config_retention_days_min(call->config), 1);
	gint64 days = 0;

	if (!is_default &&
	    !g_ascii_string_to_signed(call->value, 10, least, RETENTION_DAYS_MAX, &days, NULL))
		return error_set(error,
		    "%s is a number of days from %u (delivery.lifetime: mail may wait so long) to %d, or default, not \"%s\"",
		    call->setting, least, RETENTION_DAYS_MAX, call->value);
	return account_set_retention_days(call->connection, call->account,
		   is_default ? NULL : &days, found, error) == DB_STATUS_OK;
}

bool
account_setting_set(struct db_connection *connection, const struct config *config,
    const char *account, const char *setting, const char *value, bool *found, struct error *error)
{
	static const struct {
		const char *name;
		bool (*set)(const struct setting_call *call, bool *found, struct error *error);
	} settings[] = {
	    {"keep-mail-from", set_keep_mail_from},
	    {"manager", set_manager},
	    {"failure-notices", set_failure_notices},
	    {"hour-limit", set_hour_limit},
	    {"day-limit", set_day_limit},
	    {"retention-days", set_retention_days},
	};
	const struct setting_call call = {connection, config, account, setting, value};

	for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
		if (strcmp(setting, settings[i].name) == 0)
			return settings[i].set(&call, found, error);
	return error_set(error,
	    "an account has no setting \"%s\"; it has keep-mail-from, manager, failure-notices, "
	    "hour-limit, day-limit and retention-days",
	    setting);
}
