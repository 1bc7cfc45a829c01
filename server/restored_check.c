#include "server/restored_check.h"

#include <inttypes.h>

#include <glib.h>

#include "base/clock.h"
#include "base/ledger.h"
#include "base/log.h"
#include "db/ledger_entry.h"
#include "db/restored.h"
#include "db/worker.h"

#define DAY (86400 * CLOCK_SECOND)

int64_t
restored_since(const struct config *config)
{
	return clock_now() - config->retention_days * DAY;
}

void
restored_note(const struct config *config)
{
	g_autoptr(GString) line = g_string_new(NULL);
	struct error error;

	if (!ledger_attach(config->ledger, config->ledger_days, &error)) {
		log_error("ledger-failed", "reason=\"%s\"", error.text);
		return;
	}
	ledger_add_compared(line, clock_now());
	ledger_append(line->str, line->len);
}

static bool
check_compare(struct db_connection *connection, const struct config *config, struct error *error)
{
	struct restored restored;
	int64_t held;
	bool done;

	if (db_workers_reap(connection, error) != DB_STATUS_OK ||
	    !restored_compare(
		connection, config->ledger, RESTORED_NEW, restored_since(config), &restored, error))
		return false;
	done = restored_hold(connection, &restored, &held, error) &&
	    restored_move_ids(connection, &restored, error);
	if (done) {
		log_error("database-restored",
		    "lost_messages=%u lost_campaigns=%u held=%" PRId64
		    " text=\"the database is behind this node's ledger: bracemail restored lists what it lacks, "
		    "and what was held lest it be delivered twice\"",
		    restored.messages->len, restored.campaigns->len, held);
		restored_note(config);
	}
	restored_clear(&restored);
	return done;
}

bool
restored_check(struct db_connection *connection, const struct config *config, struct error *error)
{
	bool is_behind;

	if (config->ledger_days == 0)
		return true;
	/* Of the last day: what is older may be gone for other reasons. */
	if (!restored_is_behind(connection, config->ledger,
		MAX(restored_since(config), clock_now() - DAY), &is_behind, error))
		return false;
	return !is_behind || check_compare(connection, config, error);
}
