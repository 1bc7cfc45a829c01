/*
 * Deliveries as `bracemail log` prints them: for people, or as one JSON document.
 *
 *   log_printer_begin() -> log_printer_delivery()... -> log_printer_end()
 *
 * What was read is printed at once; of a JSON document one delivery at a time is in memory, else one attempt.
 */
#ifndef SERVER_LOG_PRINTER_H
#define SERVER_LOG_PRINTER_H

#include <stdbool.h>

#include "db/delivery_history.h"

enum log_form { LOG_FORM_TEXT, LOG_FORM_JSON };

struct log_printer {
	struct db_connection *connection;
	enum log_form form;
	unsigned printed; /* deliveries */
};

void log_printer_begin(
    struct log_printer *printer, struct db_connection *connection, enum log_form form);

/* A delivery that is gone by now is left out. False: the database failed. */
bool log_printer_delivery(
    struct log_printer *printer, const struct delivery_history_key *key, struct error *error);

/* Also after a failure, so that what there is of a document is one. */
void log_printer_end(struct log_printer *printer);

#endif
