/* Why what was given is refused, found where no call is at hand: an exception to be thrown, or told to an operator. */
#ifndef SERVICES_SOAP_EXCEPTION_REASON_H
#define SERVICES_SOAP_EXCEPTION_REASON_H

#include <stdbool.h>

#include <glib.h>

#include "services/soap/exception.h"

struct exception_reason {
	enum exception exception;
	GString *sentence; /* "": nothing is refused */
};

void exception_reason_init(struct exception_reason *reason);
void exception_reason_clear(struct exception_reason *reason);

/* Returns false. */
bool exception_reason_set(struct exception_reason *reason, enum exception exception,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Throws it. Returns what exception_throw() does. */
int exception_reason_throw(struct soap *soap, const struct exception_reason *reason);

#endif
