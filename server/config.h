/*
 * The configuration: what bracemail.conf says (libconfuse syntax), over the defaults of a profile.
 *
 * config_load() reads and checks one file as a whole and reports everything it finds, each problem as one
 * line "FILE:LINE: what is wrong". What can only be known by trying (certificates, ports, the database) is
 * server/preflight.h. docs/configuration.md has the table of all keys;
 * config_parse.c is the same table for the machine.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>

#include <glib.h>

#include "base/log.h"
#include "db/restored.h"
#include "services/relay/relay.h"

#include "server/http_limits.h"

#define CONFIG_DEFAULT_PATH "/etc/bracemail/bracemail.conf"

enum { CONFIG_TOKEN_MIN = 16 /* characters of a secret */ };
enum { CONFIG_WORKERS_MAX = 256, CONFIG_API_THREADS_MAX = 256, CONFIG_LISTENERS_MAX = 64 };

enum config_profile {
	CONFIG_PROFILE_PRODUCTION, /* ports 25, 587, 2525, 465; delivery by MX */
	CONFIG_PROFILE_DEV /* all on 127.0.0.1 under ./var; delivery to the capture server */
};

struct config_api {
	const char *const *listen;   /* "127.0.0.1:8080"; NULL-terminated */
	const char *tls_certificate; /* PEM; NULL: plain HTTP */
	const char *tls_key;
	/* "https://api.example.net", no slash at the end; NULL: as asked for */
	const char *public_url;
	bool http_get;                    /* operations may be called by GET */
	const char *import_folder;        /* NULL: there is none */
	const char *create_account_token; /* NULL: CreateAccount is not offered */
	const char
	    *reports_database;      /* libpq connection string of a standby; NULL: there is none */
	unsigned reports_staleness; /* seconds */
	unsigned threads;
	struct http_limits limits;
	struct network_list trusted_proxies;  /* whose X-Forwarded-For is believed */
	struct network_list metrics_networks; /* who may read /metrics */
	const char *access_log;               /* a file, or "-": the process's log; NULL: none */
};

struct config_capture {
	const char *const *listen; /* NULL-terminated; none: no capture server */
	const char *directory;     /* where .eml files go */
};

/* All strings and arrays belong to the struct; config_free() frees them. */
struct config {
	enum config_profile profile;
	const char *path; /* the file it came from; NULL: defaults alone */
	/* libpq connection string; NULL: a private PostgreSQL under data_dir */
	const char *database;
	const char *data_dir; /* absolute */
	const char *hostname;
	/* For the SMTP listeners; NULL: none (or self-signed, in dev). */
	const char *tls_certificate;
	const char *tls_key;
	unsigned workers;       /* relay processes */
	unsigned drain_seconds; /* how long a clean stop may take */
	unsigned retention_days;
	enum log_level log_level;
	enum log_format log_format;
	const char *ledger;   /* folder: see base/ledger.h */
	unsigned ledger_days; /* 0: none */
	bool log_messages;    /* lines about each message and each attempt */
	enum relay_malformed malformed;
	size_t memory_bytes; /* message data held by one worker */
	struct receive_limits limits;
	unsigned commit_seconds; /* that a commit may wait for a synchronous standby */
	struct network_list plaintext_networks;
	struct network_list bare_newline_networks; /* where bare_newline is "normalize" */
	const struct receive_listener *listeners;
	unsigned listener_count;
	struct deliver_settings deliver;
	struct config_api api;
	struct config_capture capture;
	struct config_memory *memory; /* private: what holds the strings */
};

/*
 * path: the file, or NULL for the profile's defaults alone. Returns NULL when something is wrong with it;
 * problems (an array of strings, made by g_ptr_array_new_with_free_func(g_free)) then has at least one more line.
 */
struct config *config_load(const char *path, enum config_profile profile, GPtrArray *problems);

/* Takes NULL. */
void config_free(struct config *config);

/* Mail may wait for delivery.lifetime: what is kept for fewer days than that would be dropped meanwhile. */
unsigned config_retention_days_min(const struct config *config);

/* What of this node is compared with a database, where a ledger is kept; lives as long as the configuration. */
struct restored_ledger config_restored_ledger(const struct config *config);

/* A copy of text that lives as long as the configuration. */
const char *config_keep(struct config *config, const char *text);

/* Whether a listener speaks TLS, so that a certificate is needed. */
bool config_needs_smtp_tls(const struct config *config);

#endif
