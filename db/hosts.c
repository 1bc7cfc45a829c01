#include "db/hosts.h"

#include <stdbool.h>
#include <stdlib.h>

#include <glib.h>
#include <libpq-fe.h>

/* libpq takes a connect_timeout of 1 for 2. */
enum { HOSTS_CONNECT_SECONDS_MIN = 2, HOSTS_PARAMETERS_MAX = 16 };

struct db_hosts {
	char *conninfo, *application_name;
	/* Lists of the same length, or NULL: not said. Without names and addresses libpq reads the string alone. */
	char **names, **addresses, **ports;
	unsigned count, turn;
	unsigned connect_seconds;
	const char *keywords[HOSTS_PARAMETERS_MAX], *values[HOSTS_PARAMETERS_MAX];
};

/* The connection string comes after the defaults and wins; the host whose turn it is comes after that. */
static void
hosts_set_parameters(struct db_hosts *hosts)
{
	const struct {
		const char *keyword, *value;
	} parameters[] = {
	    {"connect_timeout", DB_HOSTS_CONNECT_TIMEOUT},
	    {"keepalives_idle", DB_HOSTS_KEEPALIVES_IDLE},
	    {"keepalives_interval", DB_HOSTS_KEEPALIVES_INTERVAL},
	    {"keepalives_count", DB_HOSTS_KEEPALIVES_COUNT},
	    {"tcp_user_timeout", DB_HOSTS_TCP_USER_TIMEOUT},
	    {"target_session_attrs", DB_HOSTS_TARGET_SESSION_ATTRS},
	    {"client_encoding", "UTF8"},
	    {"application_name", hosts->application_name},
	    {"dbname", hosts->conninfo},
	    {"host", hosts->names != NULL ? hosts->names[hosts->turn] : NULL},
	    {"hostaddr", hosts->addresses != NULL ? hosts->addresses[hosts->turn] : NULL},
	    {"port", hosts->ports != NULL ? hosts->ports[hosts->turn] : NULL},
	};
	unsigned count = 0;

	G_STATIC_ASSERT(G_N_ELEMENTS(parameters) < HOSTS_PARAMETERS_MAX);
	for (size_t i = 0; i < G_N_ELEMENTS(parameters); i++) {
		if (parameters[i].value == NULL)
			continue;
		hosts->keywords[count] = parameters[i].keyword;
		hosts->values[count++] = parameters[i].value;
	}
	hosts->keywords[count] = hosts->values[count] = NULL;
}

static const char *
option_value(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
		if (g_str_equal(options->keyword, keyword))
			return options->val;
	return NULL;
}

/* NULL: the string does not say. */
static char **
option_list(const PQconninfoOption *options, const char *keyword)
{
	const char *value = option_value(options, keyword);

	return value != NULL ? g_strsplit(value, ",", -1) : NULL;
}

/* Whether the list has a part, and one that says something, for each of `count` hosts; one that is not there does. */
static bool
list_fits(char *const *list, unsigned count)
{
	unsigned length = 0;

	if (list == NULL)
		return true;
	for (; list[length] != NULL; length++)
		if (*list[length] == '\0')
			return false;
	return length == count;
}

static void
hosts_read_lists(struct db_hosts *hosts, const PQconninfoOption *options)
{
	char **names = option_list(options, "host"), **addresses = option_list(options, "hostaddr"),
	     **ports = option_list(options, "port");
	unsigned count = names != NULL ? g_strv_length(names)
	    : addresses != NULL        ? g_strv_length(addresses)
				       : 0;

	/* One port is the port of all. */
	if (ports != NULL && g_strv_length(ports) == 1)
		g_clear_pointer(&ports, g_strfreev);
	if (count > 1 && list_fits(names, count) && list_fits(addresses, count) &&
	    list_fits(ports, count)) {
		hosts->names = g_steal_pointer(&names);
		hosts->addresses = g_steal_pointer(&addresses);
		hosts->ports = g_steal_pointer(&ports);
		hosts->count = count;
	}
	g_strfreev(names);
	g_strfreev(addresses);
	g_strfreev(ports);
}

static void
hosts_read(struct db_hosts *hosts)
{
	PQconninfoOption *options = PQconninfoParse(hosts->conninfo, NULL);
	const char *timeout;
	int seconds = 0;

	hosts->count = 1;
	if (options != NULL) {
		hosts_read_lists(hosts, options);
		timeout = option_value(options, "connect_timeout");
		seconds = timeout != NULL ? atoi(timeout) : 0;
		PQconninfoFree(options);
	}
	if (seconds <= 0)
		seconds = atoi(DB_HOSTS_CONNECT_TIMEOUT);
	hosts->connect_seconds = (unsigned)MAX(seconds, (int)HOSTS_CONNECT_SECONDS_MIN);
}

struct db_hosts *
db_hosts_create(const char *conninfo, const char *application_name)
{
	struct db_hosts *hosts = g_new0(struct db_hosts, 1);

	hosts->conninfo = g_strdup(conninfo);
	hosts->application_name = g_strdup(application_name);
	hosts_read(hosts);
	hosts_set_parameters(hosts);
	return hosts;
}

void
db_hosts_destroy(struct db_hosts *hosts)
{
	if (hosts == NULL)
		return;
	g_strfreev(hosts->names);
	g_strfreev(hosts->addresses);
	g_strfreev(hosts->ports);
	g_free(hosts->application_name);
	g_free(hosts->conninfo);
	g_free(hosts);
}

unsigned
db_hosts_count(const struct db_hosts *hosts)
{
	return hosts->count;
}

const char *const *
db_hosts_keywords(const struct db_hosts *hosts)
{
	return hosts->keywords;
}

const char *const *
db_hosts_values(const struct db_hosts *hosts)
{
	return hosts->values;
}

unsigned
db_hosts_connect_seconds(const struct db_hosts *hosts)
{
	return hosts->connect_seconds;
}

unsigned
db_hosts_turn(const struct db_hosts *hosts)
{
	return hosts->turn;
}

void
db_hosts_set_turn(struct db_hosts *hosts, unsigned turn)
{
	hosts->turn = turn % hosts->count;
	hosts_set_parameters(hosts);
}

void
db_hosts_next(struct db_hosts *hosts)
{
	db_hosts_set_turn(hosts, hosts->turn + 1);
}
