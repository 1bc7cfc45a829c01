/* Columns of a binary result (db/pipeline.h asks for no other kind). */
#ifndef DB_ROW_H
#define DB_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

/* PostgreSQL counts time from 2000-01-01 UTC: in microseconds since 1970 (base/clock.h). */
#define ROW_TIME_EPOCH INT64_C(946684800000000)

/* bool, int2, int4 or int8; 0 for NULL. */
int64_t row_number(const PGresult *result, int row, int column);

/* timestamptz, as microseconds since 1970; 0 for NULL. */
int64_t row_time(const PGresult *result, int row, int column);

/* text, of a result in either format; NULL for NULL. Lives as long as the result. */
const char *row_text(const PGresult *result, int row, int column);

#endif
