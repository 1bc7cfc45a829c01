#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
error_set(struct error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return false;
}

bool
error_prefix(struct error *error, const char *format, ...)
{
	char before[sizeof(error->text)];
	char after[sizeof(error->text)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(before, sizeof(before), format, arguments);
	va_end(arguments);
	memcpy(after, error->text, sizeof(after));
	if (snprintf(error->text, sizeof(error->text), "%s: %s", before, after) < 0)
		error->text[0] = '\0';
	return false;
}
