#include "services/soap/xml_shape.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

/* What stands between two texts: tags, and the white space around them. */
struct piece {
	const char *begin;
	size_t length;
};

struct shape {
	char *xml;
	char *root_namespace;
	struct piece pieces[XML_SHAPE_PIECES_MAX];
	unsigned count; /* of pieces: one more than of texts */
};

/* The one used last is first. */
struct shapes {
	struct shape *shape[XML_SHAPE_MAX];
};

static void
shape_free(struct shape *shape)
{
	if (shape == NULL)
		return;
	g_free(shape->xml);
	g_free(shape->root_namespace);
	g_free(shape);
}

static void
shapes_free(void *data)
{
	struct shapes *shapes = data;

	for (unsigned i = 0; i < XML_SHAPE_MAX; i++)
		shape_free(shapes->shape[i]);
	g_free(shapes);
}

static GPrivate thread_shapes = G_PRIVATE_INIT(shapes_free);

static bool
character_is_plain(char character)
{
	return character >= ' ' && character <= '~' && character != '&' && character != '<' &&
	    character != '>' && character != '"' && character != '\'';
}

/* How many plain characters there are up to what is none. */
static size_t
plain_length(const char *text, const char *end)
{
	const char *at = text;

	while (at < end && character_is_plain(*at))
		at++;
	return (size_t)(at - text);
}

static bool
is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!g_ascii_isspace(text[i]))
			return false;
	return true;
}

/*
 * The end of the tag at `at`, or of what looks like one: a ">" within an attribute's value leaves a quote behind, which no plain
 * text has. NULL: it is no tag.
 */
static const char *
tag_end(const struct shape *shape, const char *at, const char *end)
{
	const char *close = memchr(at, '>', (size_t)(end - at));

	if (*at != '<' || close == NULL || at[1] == '!' || (at[1] == '?' && at != shape->xml))
		return NULL;
	return close + 1;
}

/* Takes the document apart; false: it is none of those that are kept. */
static bool
shape_make(struct shape *shape, const char *end)
{
	const char *begin = shape->xml, *at = begin;

	for (;;) {
		const char *text = tag_end(shape, at, end);
		size_t length;

		if (text == NULL || shape->count == XML_SHAPE_PIECES_MAX)
			return false;
		at = memchr(text, '<', (size_t)(end - text));
		length = (size_t)((at != NULL ? at : end) - text);
		if (at != NULL && is_blank(text, length))
			continue;
		if (at == NULL && !is_blank(text, length))
			return false;
		shape->pieces[shape->count++] = (struct piece){
		    .begin = begin, .length = (size_t)((at != NULL ? text : end) - begin)};
		if (at == NULL)
			return true;
		if (plain_length(text, at) != length)
			return false;
		begin = at;
	}
}

static bool
shape_fits(const struct shape *shape, const char *xml, size_t length)
{
	const char *end = xml + length;

	for (unsigned i = 0; i < shape->count; i++) {
		const struct piece *piece = &shape->pieces[i];

		if (i > 0)
			xml += plain_length(xml, end);
		if ((size_t)(end - xml) < piece->length ||
		    memcmp(xml, piece->begin, piece->length) != 0)
			return false;
		xml += piece->length;
	}
	return xml == end;
}

/* Makes it the first, in place of the one at `at`. */
static void
shapes_put(struct shapes *shapes, unsigned at, struct shape *shape)
{
	for (; at > 0; at--)
		shapes->shape[at] = shapes->shape[at - 1];
	shapes->shape[0] = shape;
}

const char *
xml_shape_find(const char *xml, size_t length)
{
	struct shapes *shapes = g_private_get(&thread_shapes);

	for (unsigned i = 0; shapes != NULL && i < XML_SHAPE_MAX && shapes->shape[i] != NULL; i++) {
		struct shape *shape = shapes->shape[i];

		if (!shape_fits(shape, xml, length))
			continue;
		shapes_put(shapes, i, shape);
		return shape->root_namespace;
	}
	return NULL;
}

void
xml_shape_keep(const char *xml, size_t length, const char *root_namespace)
{
	struct shapes *shapes = g_private_get(&thread_shapes);
	struct shape *shape = g_new0(struct shape, 1);

	shape->xml = g_memdup2(xml, length);
	if (length == 0 || !shape_make(shape, shape->xml + length)) {
		shape_free(shape);
		return;
	}
	if (shapes == NULL) {
		shapes = g_new0(struct shapes, 1);
		g_private_set(&thread_shapes, shapes);
	}
	shape->root_namespace = g_strdup(root_namespace);
	shape_free(shapes->shape[XML_SHAPE_MAX - 1]);
	shapes_put(shapes, XML_SHAPE_MAX - 1, shape);
}

void
xml_shape_forget(void)
{
	g_private_replace(&thread_shapes, NULL);
}
