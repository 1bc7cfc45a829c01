#include "db/account_limit.h"

#include <inttypes.h>
#include <stdio.h>

#include <glib.h>

#include "base/clock.h"

struct account_limits {
	GHashTable *known; /* account_id, the first member of struct account_limit -> it */
};

struct account_limit {
	int64_t account_id;
	int64_t left, most;
	int64_t expires;
	char *text;
};

static void
account_limit_free(void *data)
{
	struct account_limit *limit = data;

	g_free(limit->text);
	g_free(limit);
}

struct account_limits *
account_limits_create(void)
{
	struct account_limits *limits = g_new0(struct account_limits, 1);

	limits->known =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, account_limit_free);
	return limits;
}

void
account_limits_destroy(struct account_limits *limits)
{
	g_hash_table_unref(limits->known);
	g_free(limits);
}

static gboolean
account_limit_is_old(gpointer key, gpointer value, gpointer now)
{
	const struct account_limit *limit = value;

	(void)key;
	return limit->expires <= *(int64_t *)now;
}

int64_t
account_limits_note(
    struct account_limits *limits, const char *detail, const char *text, int64_t now)
{
	struct account_limit read = {0}, *limit;

	if (sscanf(detail, "%" SCNd64 " %" SCNd64 " %" SCNd64, &read.account_id, &read.left,
		&read.most) != 3)
		return 0;
	if (g_hash_table_size(limits->known) >= ACCOUNT_LIMITS_MAX)
		g_hash_table_foreach_remove(limits->known, account_limit_is_old, &now);
	limit = g_memdup2(&read, sizeof(read));
	limit->text = g_strdup(text);
	limit->expires = now + ACCOUNT_LIMIT_MEMORY_MS * (CLOCK_SECOND / 1000);
	g_hash_table_replace(limits->known, &limit->account_id, limit);
	return read.account_id;
}

bool
account_limits_admit(struct account_limits *limits, struct message *message, int64_t now)
{
	struct account_limit *limit = g_hash_table_lookup(limits->known, &message->account_id);
	guint needed = message->recipients->len;

	if (limit == NULL || message->disposition != MESSAGE_DELIVER)
		return true;
	if (account_limit_is_old(NULL, limit, &now)) {
		g_hash_table_remove(limits->known, &message->account_id);
		return true;
	}
	if (needed <= limit->left) {
		limit->left -= needed;
		return true;
	}
	if (needed <= limit->most) {
		message->disposition = MESSAGE_OVER_LIMIT;
		message->refusal = g_strdup(limit->text);
	} else {
		message->disposition = MESSAGE_OVER_WHOLE_LIMIT;
		message->refusal =
		    g_strdup_printf("%s; this is to %u at once", limit->text, needed);
	}
	return false;
}
