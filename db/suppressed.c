#include "db/suppressed.h"

#include <glib.h>

#include "db/row.h"

struct suppression *
suppressed_read(const PGresult *result, int row, int column)
{
	const char *kind = row_text(result, row, column);
	const char *status_code = row_text(result, row, column + 2);
	struct suppression *suppression;

	if (kind == NULL)
		return NULL;
	suppression = g_new0(struct suppression, 1);
	suppression->kind =
	    g_str_equal(kind, "bounce") ? SUPPRESSION_BOUNCE : SUPPRESSION_UNSUBSCRIBE;
	suppression->smtp_code = (int)row_number(result, row, column + 1);
	if (status_code != NULL)
		g_strlcpy(suppression->status_code, status_code, sizeof(suppression->status_code));
	suppression->since = row_time(result, row, column + 3);
	return suppression;
}
