#include "services/relay/message/mime_depth.h"

#include <limits.h>
#include <string.h>

#include <gmime/gmime.h>

#include "services/relay/message/gmime_ready.h"
#include "services/relay/message/header_scan.h"

enum { CONTENT_TYPE_MAX = 4096 }; /* bytes of a field looked at */

struct multipart {
	char *boundary;
	size_t length;
	unsigned depth; /* of its parts */
};

struct mime_walk {
	const char *at;
	const char *end;
	unsigned depth; /* of the part that is being read */
	GArray *open;   /* struct multipart, the innermost last */
	unsigned head_lines;
};

static void
multipart_clear(void *multipart)
{
	g_free(((struct multipart *)multipart)->boundary);
}

enum part_kind { PART_LEAF, PART_MULTIPART, PART_MESSAGE };

/* boundary: of a multipart, g_free. One without a boundary has no parts. */
static enum part_kind
content_type_read(const char *text, char **boundary)
{
	GMimeContentType *type;
	const char *value;
	enum part_kind kind = PART_LEAF;

	while (g_ascii_isspace(*text))
		text++;
	if (g_ascii_strncasecmp(text, "message/", 8) == 0)
		return g_ascii_strncasecmp(text + 8, "rfc822", 6) == 0 ||
			g_ascii_strncasecmp(text + 8, "global", 6) == 0
		    ? PART_MESSAGE
		    : PART_LEAF;
	if (g_ascii_strncasecmp(text, "multipart/", 10) != 0)
		return PART_LEAF;
	type = g_mime_content_type_parse(NULL, text);
	value = type != NULL ? g_mime_content_type_get_parameter(type, "boundary") : NULL;
	if (value != NULL && *value != '\0') {
		*boundary = g_strdup(value);
		kind = PART_MULTIPART;
	}
	g_clear_object(&type);
	return kind;
}

static enum part_kind
head_read(const char *head, size_t length, char **boundary)
{
	struct header_scan scan = header_scan_start(head, length);
	struct header_field field;
	enum part_kind kind = PART_LEAF;
	char *value;

	while (header_scan_next(&scan, &field)) {
		if (!header_field_is(&field, "Content-Type"))
			continue;
		value = g_strndup(field.value, MIN(field.value_length, CONTENT_TYPE_MAX));
		kind = content_type_read(value, boundary);
		g_free(value);
		break;
	}
	return kind;
}

/* The next line, moved past; its text is without white space at the end. False: there is none. */
static bool
walk_line(struct mime_walk *walk, const char **line, size_t *length)
{
	size_t left = (size_t)(walk->end - walk->at);
	const char *newline = memchr(walk->at, '\n', left);

	if (left == 0)
		return false;
	*line = walk->at;
	walk->at = newline != NULL ? newline + 1 : walk->end;
	*length = (size_t)(walk->at - *line);
	while (*length > 0 && g_ascii_isspace((*line)[*length - 1]))
		(*length)--;
	return true;
}

static bool
multipart_is(const struct multipart *multipart, const char *text, size_t length)
{
	return multipart->length == length && memcmp(multipart->boundary, text, length) == 0;
}

enum delimiter { DELIMITER_NONE, DELIMITER_PART, DELIMITER_END };

/* Whether the line is a delimiter of one of those that are open: those within it have ended then. */
static enum delimiter
walk_delimiter(struct mime_walk *walk, const char *line, size_t length)
{
	if (length < 3 || line[0] != '-' || line[1] != '-')
		return DELIMITER_NONE;
	for (guint i = walk->open->len; i > 0; i--) {
		const struct multipart *multipart =
		    &g_array_index(walk->open, struct multipart, i - 1);

		if (multipart_is(multipart, line + 2, length - 2)) {
			walk->depth = multipart->depth;
			g_array_set_size(walk->open, i);
			return DELIMITER_PART;
		}
		if (length > 4 && line[length - 1] == '-' && line[length - 2] == '-' &&
		    multipart_is(multipart, line + 2, length - 4)) {
			walk->depth = multipart->depth - 1;
			g_array_set_size(walk->open, i - 1);
			return DELIMITER_END;
		}
	}
	return DELIMITER_NONE;
}

/* What these header fields say of the part they begin. Returns whether header fields follow at once. */
static bool
walk_enter(struct mime_walk *walk, const char *head, size_t length)
{
	struct multipart multipart = {0};

	switch (head_read(head, length, &multipart.boundary)) {
	case PART_MULTIPART:
		multipart.length = strlen(multipart.boundary);
		multipart.depth = ++walk->depth;
		g_array_append_val(walk->open, multipart);
		return false;
	case PART_MESSAGE:
		walk->depth++;
		return true;
	case PART_LEAF:
		break;
	}
	return false;
}

/* Reads the header fields of a part up to the empty line, or to a delimiter that stands in its place. */
static enum delimiter
walk_head(struct mime_walk *walk, const char **head, size_t *head_length)
{
	enum delimiter delimiter = DELIMITER_NONE;
	const char *line;
	size_t length;

	*head = walk->at;
	*head_length = 0;
	while (delimiter == DELIMITER_NONE && walk_line(walk, &line, &length)) {
		walk->head_lines++;
		if (length == 0)
			break;
		delimiter = walk_delimiter(walk, line, length);
		if (delimiter == DELIMITER_NONE)
			*head_length = (size_t)(walk->at - *head);
	}
	return delimiter;
}

/* Goes on to the header fields of the next part. False: there is none. */
static bool
walk_to_part(struct mime_walk *walk)
{
	const char *line;
	size_t length;

	while (walk->open->len > 0 && walk_line(walk, &line, &length))
		if (walk_delimiter(walk, line, length) == DELIMITER_PART)
			return true;
	return false;
}

struct mime_limits {
	unsigned depth;
	unsigned head_lines;
};

static bool
walk_exceeds(struct mime_walk *walk, bool has_head, const struct mime_limits *most)
{
	enum delimiter delimiter;
	const char *head;
	size_t length;

	while (walk->depth <= most->depth && walk->head_lines <= most->head_lines) {
		if (!has_head && !walk_to_part(walk))
			return false;
		delimiter = walk_head(walk, &head, &length);
		has_head = delimiter == DELIMITER_PART ||
		    (delimiter == DELIMITER_NONE && walk_enter(walk, head, length));
	}
	return true;
}

static unsigned
lines_count(const GString *text)
{
	unsigned lines = 0;

	for (size_t i = 0; i < text->len; i++)
		lines += text->str[i] == '\n';
	return lines;
}

static bool
message_exceeds(const GString *head, const GString *body, const struct mime_limits *most)
{
	struct mime_walk walk = {
	    .at = body->str, .end = body->str + body->len, .head_lines = lines_count(head)};
	bool exceeds, has_head;

	gmime_ready();
	walk.open = g_array_new(FALSE, FALSE, sizeof(struct multipart));
	g_array_set_clear_func(walk.open, multipart_clear);
	has_head = walk_enter(&walk, head->str, head->len);
	/* The body begins with the empty line that ended the header. */
	if (has_head && g_str_has_prefix(walk.at, "\r\n"))
		walk.at += 2;
	exceeds = walk_exceeds(&walk, has_head, most);
	g_array_unref(walk.open);
	return exceeds;
}

bool
mime_depth_exceeds(const GString *head, const GString *body, unsigned most)
{
	const struct mime_limits limits = {.depth = most, .head_lines = UINT_MAX};

	return message_exceeds(head, body, &limits);
}

bool
mime_head_lines_exceed(const GString *head, const GString *body, unsigned most)
{
	const struct mime_limits limits = {.depth = UINT_MAX, .head_lines = most};

	return message_exceeds(head, body, &limits);
}
