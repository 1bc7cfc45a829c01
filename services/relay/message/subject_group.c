#include "services/relay/message/subject_group.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"

#include "services/relay/message/header_text.h"

/* Where the group stands: its braces, and all that is cut with them. */
struct group_place {
	const char *open;
	const char *close;
	const char *cut_start;
	const char *cut_end;
};

/* The last {...} without a brace inside. Braces are ASCII: in UTF-8 no other character holds their bytes. */
static bool
braces_find(const char *text, size_t length, struct group_place *place)
{
	const char *open = NULL;
	bool found = false;

	for (const char *at = text; at < text + length; at++) {
		if (*at == '{') {
			open = at;
		} else if (*at == '}' && open != NULL) {
			place->open = open;
			place->close = at;
			open = NULL;
			found = true;
		}
	}
	return found;
}

static void
cut_find(const GString *text, struct group_place *place)
{
	place->cut_start = text_skip_space_back(text->str, place->open);
	place->cut_end = text_skip_space(place->close + 1, text->str + text->len);
}

/* Returns why the name is none, or NULL. */
static char *
name_check(const char *name, const char *end)
{
	glong characters = g_utf8_strlen(name, end - name);

	if (text_has_control(name, (size_t)(end - name)))
		return g_strdup("the group name in the Subject holds control characters");
	if (characters > GROUP_NAME_MAX)
		return g_strdup_printf(
		    "the group name in the Subject has %ld characters, more than %d", characters,
		    GROUP_NAME_MAX);
	return NULL;
}

/* What takes the place of the group: a single space when it stood apart between two words. */
static bool
is_gap_left(const struct group_place *place, const char *start, const char *end)
{
	return place->cut_start > start && place->cut_end < end &&
	    (place->cut_start < place->open || place->cut_end > place->close + 1);
}

static GString *
text_without(const GString *text, const struct group_place *place)
{
	const char *end = text->str + text->len;
	GString *rest = g_string_sized_new(text->len);

	g_string_append_len(rest, text->str, place->cut_start - text->str);
	if (is_gap_left(place, text->str, end))
		g_string_append_c(rest, ' ');
	g_string_append_len(rest, place->cut_end, end - place->cut_end);
	header_text_clean(rest);
	return rest;
}

/* Printable ASCII, tabs and proper folds: what may leave as it came. */
static bool
is_plain(const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (value[i] == '\r' && i + 2 < length && value[i + 1] == '\n' &&
		    (value[i + 2] == ' ' || value[i + 2] == '\t'))
			i += 2;
		else if ((value[i] < ' ' || value[i] > '~') && value[i] != '\t')
			return false;
	}
	return true;
}

/* Cuts the group out of an unencoded value, its other bytes and folds as they came. The first blank after the colon stays. */
static GString *
value_without(const char *value, size_t length)
{
	static const char blanks[] = " \t\r\n";
	const char *end = value + length;
	const char *start = value + (length > 0 && (*value == ' ' || *value == '\t'));
	struct group_place place = {0};
	GString *rest = g_string_sized_new(length);

	if (!braces_find(value, length, &place))
		return rest;
	place.cut_start = place.open;
	while (place.cut_start > start && strchr(blanks, place.cut_start[-1]) != NULL)
		place.cut_start--;
	place.cut_end = place.close + 1;
	while (place.cut_end < end && strchr(blanks, *place.cut_end) != NULL)
		place.cut_end++;

	g_string_append_len(rest, value, place.cut_start - value);
	if (is_gap_left(&place, start, end)) {
		/* A fold beside the group stays, or the line could grow past what may be sent. */
		if (memchr(place.cut_start, '\n', (size_t)(place.cut_end - place.cut_start)) !=
		    NULL)
			g_string_append(rest, "\r\n");
		g_string_append_c(rest, ' ');
	}
	g_string_append_len(rest, place.cut_end, end - place.cut_end);
	return rest;
}

/* The new value: the old one without the group when it is plain and says just `subject`; else written anew. */
static char *
field_write(const char *value, size_t length, const GString *subject)
{
	GString *field = NULL;

	if (subject->len == 0)
		return g_strdup("");
	if (is_plain(value, length)) {
		unsigned words;
		GString *read;
		bool same;

		field = value_without(value, length);
		read = header_text_decode(field->str, field->len, &words);
		header_text_clean(read);
		same = words == 0 && g_string_equal(read, subject);
		g_string_free(read, TRUE);
		if (same)
			return g_string_free(field, FALSE);
		g_string_truncate(field, 0);
	} else {
		field = g_string_new(NULL);
	}
	header_text_encode(field, subject, strlen("Subject:"));
	return g_string_free(field, FALSE);
}

void
subject_group_read(const char *value, size_t length, struct subject_group *out)
{
	struct group_place place = {0};
	GString *text = header_text_decode(value, MIN(length, SUBJECT_SIZE_MAX), NULL);
	const char *name;
	const char *name_end;

	*out = (struct subject_group){0};
	if (length > SUBJECT_SIZE_MAX) {
		out->note = g_strdup_printf(
		    "the Subject has %zu bytes, more than %d: no group was looked for", length,
		    SUBJECT_SIZE_MAX);
	} else if (braces_find(text->str, text->len, &place)) {
		name_end = text_skip_space_back(place.open + 1, place.close);
		name = text_skip_space(place.open + 1, name_end);
		out->note = name_check(name, name_end);
		if (out->note == NULL) {
			GString *rest;

			if (name < name_end)
				out->group = g_strndup(name, (gsize)(name_end - name));
			cut_find(text, &place);
			rest = text_without(text, &place);
			g_string_free(text, TRUE);
			text = rest;
			out->field = field_write(value, length, text);
		}
	}
	header_text_clean(text);
	out->subject = g_string_free(text, FALSE);
}

void
subject_group_clear(struct subject_group *group)
{
	g_free(group->subject);
	g_free(group->field);
	g_free(group->group);
	g_free(group->note);
	*group = (struct subject_group){0};
}
