#include "services/soap/exception_reason.h"

#include <stdarg.h>

void
exception_reason_init(struct exception_reason *reason)
{
	reason->exception = EXCEPTION_INTERNAL;
	reason->sentence = g_string_new(NULL);
}

void
exception_reason_clear(struct exception_reason *reason)
{
	g_string_free(reason->sentence, TRUE);
}

bool
exception_reason_set(
    struct exception_reason *reason, enum exception exception, const char *format, ...)
{
	va_list arguments;

	reason->exception = exception;
	va_start(arguments, format);
	g_string_vprintf(reason->sentence, format, arguments);
	va_end(arguments);
	return false;
}

int
exception_reason_throw(struct soap *soap, const struct exception_reason *reason)
{
	return exception_throw(soap, reason->exception, "%s", reason->sentence->str);
}
