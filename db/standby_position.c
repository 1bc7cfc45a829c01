#include "db/standby_position.h"

#include <string.h>

#include <glib.h>

#define BYTES(lsn) "(" lsn " - '0/0'::pg_lsn)::bigint"

static enum db_status
position_query(struct db_connection *connection, const char *sql, struct standby_position *position,
    struct error *error)
{
	PGresult *result;
	enum db_status status = db_query(connection, sql, 0, NULL, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) == 1) {
		position->lsn = db_get_number(result, 0, 0);
		position->at = db_get_number(result, 0, 1);
		position->system = db_get_number(result, 0, 2);
		position->timeline = db_get_number(result, 0, 3);
	} else {
		error_set(error, "database: it is no standby");
		status = DB_STATUS_FAILED;
	}
	PQclear(result);
	return status;
}

enum db_status
standby_position_of_primary(
    struct db_connection *primary, struct standby_position *position, struct error *error)
{
	/* What is committed with synchronous_commit is flushed before anybody is told. */
	static const char sql[] = "SELECT " BYTES("lsn") ", " DB_MICROSECONDS(
	    "clock_timestamp()") ", system_identifier, "
				 " ('x' || left(pg_walfile_name(lsn), 8))::bit(32)::int "
				 "FROM pg_current_wal_flush_lsn() AS lsn, pg_control_system()";

	return position_query(primary, sql, position, error);
}

enum db_status
standby_position_read(
    struct db_connection *standby, struct standby_position *position, struct error *error)
{
	/* Its timeline is known from its last restartpoint: after a failover it may be that long until it is read from again. */
	static const char sql[] = "SELECT " BYTES("pg_last_wal_replay_lsn()") ", " DB_MICROSECONDS(
	    "pg_last_xact_replay_timestamp()") ", system_identifier, timeline_id "
					       "FROM pg_control_system(), pg_control_checkpoint() WHERE pg_is_in_recovery()";

	return position_query(standby, sql, position, error);
}

bool
standby_position_is_of(
    const struct standby_position *standby, const struct standby_position *primary)
{
	return standby->system == primary->system && standby->timeline == primary->timeline;
}

bool
standby_position_suffices(const struct standby_position *standby,
    const struct standby_position *primary, int64_t staleness)
{
	return standby_position_is_of(standby, primary) &&
	    (standby->lsn >= primary->lsn ||
		(staleness > 0 && standby->at >= primary->at - staleness));
}

static void
conninfo_append(GString *text, const char *keyword, const char *value)
{
	g_string_append_printf(text, "%s='", keyword);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			g_string_append_c(text, '\\');
		g_string_append_c(text, *value);
	}
	g_string_append(text, "' ");
}

static const char *
conninfo_default(const char *keyword)
{
	static const char *const defaults[][2] = {{"connect_timeout", "2"},
	    {"tcp_user_timeout", "3000"}, {"options", "-c lock_timeout=1000"},
	    {"target_session_attrs", "standby"}};

	for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++)
		if (strcmp(defaults[i][0], keyword) == 0)
			return defaults[i][1];
	return NULL;
}

char *
standby_conninfo(const char *conninfo, struct error *error)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	GString *text;

	if (options == NULL) {
		error_set(error, "not a PostgreSQL connection string");
		return NULL;
	}
	text = g_string_new(NULL);
	for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
		const char *value =
		    option->val != NULL ? option->val : conninfo_default(option->keyword);

		if (value != NULL)
			conninfo_append(text, option->keyword, value);
	}
	PQconninfoFree(options);
	return g_string_free(text, FALSE);
}
