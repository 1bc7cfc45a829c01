#include "db/row.h"

#include <stddef.h>

int64_t
row_number(const PGresult *result, int row, int column)
{
	const unsigned char *bytes = (const unsigned char *)PQgetvalue(result, row, column);
	int length = PQgetlength(result, row, column);
	uint64_t number = length > 0 && length < 8 && (bytes[0] & 0x80) != 0 ? UINT64_MAX : 0;

	for (int i = 0; i < length; i++)
		number = number << 8 | bytes[i];
	return (int64_t)number;
}

int64_t
row_time(const PGresult *result, int row, int column)
{
	if (PQgetisnull(result, row, column))
		return 0;
	return row_number(result, row, column) + ROW_TIME_EPOCH;
}

const char *
row_text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}
