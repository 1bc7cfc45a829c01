/* Inside of base/ledger.h: what is written (ledger.c) and read (ledger_read.c). */
#ifndef BASE_LEDGER_PRIVATE_H
#define BASE_LEDGER_PRIVATE_H

#include <glib.h>

#include "base/error.h"

/* Ends a line that was cut off. */
#define LEDGER_TORN_END "\t\n"

/* The days' files, the oldest first; the caller's. NULL: there is no folder, or it cannot be read, as error says. */
GPtrArray *ledger_names(const char *directory, struct error *error);

#endif
