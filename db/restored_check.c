#include "db/restored_check.h"

#include <inttypes.h>

#include <glib.h>

#include "base/clock.h"
#include "base/ledger.h"
#include "base/log.h"

#include "db/ledger_entry.h"

void
restored_note(void)
{
	g_autoptr(GString) line = g_string_new(NULL);

	ledger_add_compared(line, clock_now());
	ledger_append(line->str, line->len);
}

static bool
check_compare(
    struct db_connection *connection, const struct restored_ledger *ledger, struct error *error)
{
	struct restored_outcome outcome;

	if (!restored_hold(connection, ledger, &outcome, error) ||
	    !restored_move_ids(connection, outcome.highest_id, error))
		return false;
	log_error("database-restored",
	    "lost_messages=%" PRIu64 " lost_campaigns=%" PRIu64 " held=%" PRId64
	    " text=\"the database is behind this node's ledger: bracemail restored lists what it lacks, "
	    "and what was held lest it be delivered twice\"",
	    outcome.lost_messages, outcome.lost_campaigns, outcome.held);
	restored_note();
	return true;
}

bool
restored_check(
    struct db_connection *connection, const struct restored_ledger *ledger, struct error *error)
{
	bool is_behind, done;
	int lock;

	if (ledger->directory == NULL)
		return true;
	lock = ledger_lock(ledger->directory);
	done = restored_is_behind(connection, ledger, &is_behind, error) &&
	    (!is_behind || check_compare(connection, ledger, error));
	ledger_unlock(lock);
	return done;
}
