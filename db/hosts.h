/*
 * The hosts of a connection string, one at a time: `host=a,b,c`.
 *
 * libpq tries the hosts of a list by itself, but from the first one at each connection, and where PQconnectPoll() is used
 * nothing moves it on from one that does not answer. So each attempt names one host here: the one that the last
 * connection was to, and after a failure the next in turn.
 *
 * A list that cannot be told apart (one with an empty part, or of another length than its ports) is left to libpq, which
 * says what is wrong with it.
 */
#ifndef DB_HOSTS_H
#define DB_HOSTS_H

struct db_hosts;

/* What holds where the connection string does not say, as libpq reads them: a primary that is cut off is noticed within
 * ten seconds, and a standby is passed over. docs/cluster.md has the table. */
#define DB_HOSTS_CONNECT_TIMEOUT "5"      /* seconds a host */
#define DB_HOSTS_KEEPALIVES_IDLE "5"      /* seconds */
#define DB_HOSTS_KEEPALIVES_INTERVAL "2"  /* seconds */
#define DB_HOSTS_KEEPALIVES_COUNT "2"     /* unanswered ones */
#define DB_HOSTS_TCP_USER_TIMEOUT "10000" /* milliseconds */
#define DB_HOSTS_TARGET_SESSION_ATTRS "read-write"

/* conninfo: libpq connection string, copied. application_name: unless it names one; copied. The caller destroys it. */
struct db_hosts *db_hosts_create(const char *conninfo, const char *application_name);
void db_hosts_destroy(struct db_hosts *hosts);

/* How many there are to try, 1 at least. */
unsigned db_hosts_count(const struct db_hosts *hosts);

/* The host whose turn it is, for PQconnectdbParams() and PQconnectStartParams() with expand_dbname = 1. Until db_hosts_next(). */
const char *const *db_hosts_keywords(const struct db_hosts *hosts);
const char *const *db_hosts_values(const struct db_hosts *hosts);

/* How long one host may take, in seconds: connect_timeout, or, where that is to wait for ever, what it is by default. */
unsigned db_hosts_connect_seconds(const struct db_hosts *hosts);

/* This one could not be connected to, or the connection was lost: the next one's turn, after the last the first. */
void db_hosts_next(struct db_hosts *hosts);

/* Whose turn it is, from 0 on, as others of the same connection string may have it. */
unsigned db_hosts_turn(const struct db_hosts *hosts);
void db_hosts_set_turn(struct db_hosts *hosts, unsigned turn);

#endif
