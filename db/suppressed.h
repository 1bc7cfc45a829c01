/*
 * Why an address is not mailed: its entry in one of the account's two lists, as the relay learns it
 * with a delivery.
 */
#ifndef DB_SUPPRESSED_H
#define DB_SUPPRESSED_H

#include <stdint.h>

#include <libpq-fe.h>

enum suppression_kind { SUPPRESSION_BOUNCE, SUPPRESSION_UNSUBSCRIBE };

enum { SUPPRESSION_STATUS_CODE_SIZE = sizeof("5.999.999") };

struct suppression {
	enum suppression_kind kind;
	int smtp_code; /* of the reply that put it there; 0: the API did, or the unsubscriber */
	char status_code[SUPPRESSION_STATUS_CODE_SIZE]; /* RFC 3463; "" as above */
	int64_t since;                                  /* microseconds */
};

/* The columns that suppressed_read() reads, of a row `s` of suppression_of(). */
#define SUPPRESSED_COLUMNS "s.kind::text, s.smtp_code, s.status_code, s.created_at"

/* From a binary result, SUPPRESSED_COLUMNS from `column` on. NULL when they are: nothing speaks
 * against it. g_free(). */
struct suppression *suppressed_read(const PGresult *result, int row, int column);

#endif
