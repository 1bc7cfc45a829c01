#include "base/group_name.h"

#include <stddef.h>
#include <string.h>

#include <glib.h>

#include "base/name.h"
#include "base/text.h"

/* name: trimmed, valid UTF-8. */
static bool
name_is_good(const char *name, struct error *error)
{
	if (strpbrk(name, "{}") != NULL)
		return error_set(error, "has a brace in it");
	return name_check(name, GROUP_NAME_CHARACTERS, error);
}

char *
group_name_parse(const char *name, struct error *error)
{
	char *trimmed;

	if (!g_utf8_validate(name, -1, NULL)) {
		error_set(error, "is not UTF-8");
		return NULL;
	}
	trimmed = text_trim(name);
	if (name_is_good(trimmed, error))
		return trimmed;
	g_free(trimmed);
	return NULL;
}

/* open: the brace; close: behind the other one. NULL when there is no pair. */
static const char *
find_last_braces(const char *text, const char **close)
{
	const char *open = NULL, *found = NULL;

	for (; *text != '\0'; text++) {
		if (*text == '{') {
			open = text;
		} else if (*text == '}') {
			if (open != NULL) {
				found = open;
				*close = text + 1;
			}
			open = NULL;
		}
	}
	return found;
}

static char *
join_around(const char *text, const char *open, const char *close)
{
	const char *end = text + strlen(text);
	const char *before = text_skip_space_back(text, open);
	const char *after = text_skip_space(close, end);
	bool was_space = before < open || after > close;
	bool between = before > text && after < end;
	GString *subject = g_string_new_len(text, before - text);

	if (was_space && between)
		g_string_append_c(subject, ' ');
	g_string_append(subject, after);
	return g_string_free(subject, FALSE);
}

void
group_name_cut(const char *text, struct group_name_cut *cut)
{
	const char *close = NULL;
	const char *open = find_last_braces(text, &close);
	struct error error;
	char *inside, *name;

	*cut = (struct group_name_cut){0};
	if (open == NULL) {
		cut->subject = g_strdup(text);
		return;
	}
	inside = g_strndup(open + 1, (gsize)(close - 1 - (open + 1)));
	name = text_trim(inside);
	g_free(inside);
	if (*name != '\0' && !name_is_good(name, &error)) {
		cut->note = g_strdup_printf("the group name in the Subject %s", error.text);
		cut->subject = g_strdup(text);
		g_free(name);
		return;
	}
	cut->is_cut = true;
	cut->subject = join_around(text, open, close);
	if (*name != '\0')
		cut->group = name;
	else
		g_free(name);
}

void
group_name_cut_clear(struct group_name_cut *cut)
{
	g_free(cut->subject);
	g_free(cut->group);
	g_free(cut->note);
	*cut = (struct group_name_cut){0};
}
