#include "db/conversation_row.h"

#include "db/conversation.h"

enum db_status
conversation_row_append(struct db_connection *connection, const PGresult *result, int row,
    int64_t account_id, GString *text, struct error *error)
{
	const struct conversation_key key = {.account_id = account_id,
	    .delivery_id = db_get_number(result, row, CONVERSATION_DELIVERY),
	    .recipient = PQgetvalue(result, row, CONVERSATION_RECIPIENT)};
	const char *value = PQgetvalue(result, row, CONVERSATION_BYTES);
	struct conversation_decoder *decoder = db_connection_decoder(connection);
	unsigned char *bytes;
	size_t length;
	bool decoded;

	g_string_append(text, PQgetvalue(result, row, CONVERSATION_TRANSCRIPT));
	if (PQgetisnull(result, row, CONVERSATION_BYTES))
		return DB_STATUS_OK;
	if (PQfformat(result, CONVERSATION_BYTES) == DB_FORMAT_BINARY) {
		length = (size_t)PQgetlength(result, row, CONVERSATION_BYTES);
		decoded = conversation_decode(decoder, &key, value, length, text, error);
		return decoded ? DB_STATUS_OK : DB_STATUS_FAILED;
	}
	bytes = PQunescapeBytea((const unsigned char *)value, &length);
	if (bytes == NULL) {
		error_set(error, "out of memory");
		return DB_STATUS_FAILED;
	}
	decoded = conversation_decode(decoder, &key, bytes, length, text, error);
	PQfreemem(bytes);
	return decoded ? DB_STATUS_OK : DB_STATUS_FAILED;
}
