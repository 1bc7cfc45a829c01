#include "services/relay/message/merge.h"

#include <string.h>

#include <json-glib/json-glib.h>

#define MARK "%%"
#define DEFAULT_MARK "**"
#define ADDRESS_FIELD "emailaddress"
#define UNSUBSCRIBE_FIELD "unsubscribeurl"

/* A stretch of text and the field after it. */
struct merge_piece {
	char *text;
	gsize text_length;
	char *field;        /* lower case; NULL: the text's end */
	char *default_text; /* in place of an empty value, as the text around it; NULL: none */
};

struct merge_template {
	enum merge_place place;
	GArray *pieces; /* struct merge_piece */
};

struct merge_values {
	struct merge_known known;
	JsonNode *fields; /* an object; NULL: none */
	gsize taken;      /* bytes of values in the texts so far */
	gsize header_taken;
};

static void
piece_clear(void *data)
{
	struct merge_piece *piece = data;

	g_free(piece->text);
	g_free(piece->field);
	g_free(piece->default_text);
}

static bool
is_name(const char *name, gsize length)
{
	const char *end = name + length;
	unsigned characters = 0;

	if (length == 0 || g_ascii_isspace(name[0]) || g_ascii_isspace(end[-1]))
		return false;
	for (const char *at = name; at < end; at = g_utf8_next_char(at), characters++)
		if (strchr("%<>", *at) != NULL || g_unichar_iscntrl(g_utf8_get_char(at)))
			return false;
	return characters <= MERGE_NAME_MAX;
}

static void
piece_add(
    struct merge_template *merge, const char *text, const char *end, struct merge_piece *piece)
{
	piece->text = g_strndup(text, (gsize)(end - text));
	piece->text_length = (gsize)(end - text);
	g_array_append_vals(merge->pieces, piece, 1);
}

/* What stands between two marks: a name, or a name and a default. */
static bool
field_read(const char *start, const char *close, struct merge_piece *piece)
{
	const char *end = g_strstr_len(start, close - start, DEFAULT_MARK);

	*piece = (struct merge_piece){0};
	if (end == NULL)
		end = close;
	if (!is_name(start, (gsize)(end - start)) || close - end > MERGE_DEFAULT_MAX)
		return false;
	piece->field = g_utf8_strdown(start, end - start);
	if (end < close)
		piece->default_text = g_strndup(
		    end + strlen(DEFAULT_MARK), (gsize)(close - end) - strlen(DEFAULT_MARK));
	return true;
}

struct merge_template *
merge_template_create(const char *text, enum merge_place place)
{
	struct merge_template *merge = g_new0(struct merge_template, 1);
	const char *from = text;
	const char *mark = strstr(text, MARK);
	struct merge_piece piece;

	merge->place = place;
	merge->pieces = g_array_new(FALSE, FALSE, sizeof(struct merge_piece));
	g_array_set_clear_func(merge->pieces, piece_clear);
	while (mark != NULL) {
		const char *name = mark + strlen(MARK);
		const char *close = strstr(name, MARK);

		if (close == NULL)
			break;
		if (field_read(name, close, &piece)) {
			piece_add(merge, from, mark, &piece);
			from = close + strlen(MARK);
			mark = strstr(from, MARK);
		} else {
			mark = strstr(mark + 1, MARK);
		}
	}
	piece = (struct merge_piece){0};
	piece_add(merge, from, from + strlen(from), &piece);
	return merge;
}

void
merge_template_free(struct merge_template *merge)
{
	if (merge == NULL)
		return;
	g_array_free(merge->pieces, TRUE);
	g_free(merge);
}

bool
merge_template_is_fixed(const struct merge_template *merge)
{
	return merge->pieces->len == 1;
}

struct merge_values *
merge_values_create(const struct merge_known *known, const char *json, struct error *error)
{
	struct merge_values *values = g_new0(struct merge_values, 1);
	GError *reason = NULL;

	values->known = *known;
	if (json == NULL)
		return values;
	values->fields = json_from_string(json, &reason);
	if (values->fields != NULL && JSON_NODE_HOLDS_OBJECT(values->fields))
		return values;
	error_set(error, "the recipient's merge fields are no JSON object%s%s",
	    reason != NULL ? ": " : "", reason != NULL ? reason->message : "");
	g_clear_error(&reason);
	merge_values_free(values);
	return NULL;
}

void
merge_values_free(struct merge_values *values)
{
	if (values == NULL)
		return;
	if (values->fields != NULL)
		json_node_unref(values->fields);
	g_free(values);
}

static const char *
value_find(const struct merge_values *values, const char *field)
{
	JsonNode *node;

	if (strcmp(field, ADDRESS_FIELD) == 0)
		return values->known.address;
	if (strcmp(field, UNSUBSCRIBE_FIELD) == 0)
		return values->known.unsubscribe_url != NULL ? values->known.unsubscribe_url : "";
	if (values->fields == NULL)
		return "";
	node = json_object_get_member(json_node_get_object(values->fields), field);
	if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
	    json_node_get_value_type(node) != G_TYPE_STRING)
		return "";
	return json_node_get_string(node);
}

static void
header_value_append(GString *out, const char *value)
{
	for (const char *at = value; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		g_string_append_unichar(out, g_unichar_iscntrl(c) ? ' ' : c);
	}
}

static void
value_append(GString *out, const char *value, enum merge_place place)
{
	char *escaped;

	switch (place) {
	case MERGE_TEXT:
		g_string_append(out, value);
		break;
	case MERGE_HTML:
		escaped = g_markup_escape_text(value, -1);
		g_string_append(out, escaped);
		g_free(escaped);
		break;
	case MERGE_HEADER:
		header_value_append(out, value);
		break;
	}
}

/* Whether there is room for the value; then it is taken. */
static bool
value_take(
    struct merge_values *values, const char *value, enum merge_place place, struct error *error)
{
	gsize length = strlen(value);

	if (length > MERGE_VALUES_MAX - values->taken)
		return error_set(
		    error, "the values of its merge fields are over %d bytes", MERGE_VALUES_MAX);
	values->taken += length;
	if (place != MERGE_HEADER)
		return true;
	if (length > MERGE_HEADER_MAX - values->header_taken)
		return error_set(error,
		    "the values of merge fields in its Subject are over %d bytes",
		    MERGE_HEADER_MAX);
	values->header_taken += length;
	return true;
}

bool
merge_template_fill(const struct merge_template *merge, struct merge_values *values, GString *out,
    struct error *error)
{
	for (unsigned i = 0; i < merge->pieces->len; i++) {
		const struct merge_piece *piece =
		    &g_array_index(merge->pieces, struct merge_piece, i);
		const char *value;

		g_string_append_len(out, piece->text, (gssize)piece->text_length);
		if (piece->field == NULL)
			continue;
		value = value_find(values, piece->field);
		if (*value == '\0' && piece->default_text != NULL)
			g_string_append(out, piece->default_text);
		else if (value_take(values, value, merge->place, error))
			value_append(out, value, merge->place);
		else
			return false;
	}
	return true;
}
