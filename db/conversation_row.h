/* A conversation as a row of smtp_log has it, for the API's reports. (db/conversation.h says how it is stored.) */
#ifndef DB_CONVERSATION_ROW_H
#define DB_CONVERSATION_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"
#include "db/connection.h"

/* The columns that tell of it: the first of those that are selected. */
#define CONVERSATION_COLUMNS "delivery_id, recipient, transcript, conversation"

enum conversation_column {
	CONVERSATION_DELIVERY,
	CONVERSATION_RECIPIENT,
	CONVERSATION_TRANSCRIPT,
	CONVERSATION_BYTES,
	CONVERSATION_COLUMN_COUNT /* the next column */
};

/* Appends the text of a row of db_query() or db_read_all(), byte for byte what was recorded; nothing where both columns are NULL. Bad bytes are
 * DB_STATUS_FAILED. */
enum db_status conversation_row_append(struct db_connection *connection, const PGresult *result,
    int row, int64_t account_id, GString *text, struct error *error);

#endif
