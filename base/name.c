#include "base/name.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"

bool
name_check(const char *name, long characters_max, struct error *error)
{
	glong characters;

	if (!g_utf8_validate(name, -1, NULL))
		return error_set(error, "is not UTF-8");
	characters = g_utf8_strlen(name, -1);
	if (characters == 0)
		return error_set(error, "is empty");
	if (characters > characters_max)
		return error_set(
		    error, "has %ld characters; %ld are allowed", characters, characters_max);
	if (text_has_control(name, strlen(name)))
		return error_set(error, "has a control character in it");
	return true;
}
