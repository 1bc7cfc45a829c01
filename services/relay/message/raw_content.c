#include "services/relay/message/raw_content.h"

#include <string.h>

#include <gmime/gmime.h>

#include "services/relay/message/address_groups.h"
#include "services/relay/message/gmime_ready.h"
#include "services/relay/message/mime_depth.h"
#include "services/relay/message/mime_text.h"

/* A text part with fields in it. */
struct raw_part {
	GMimePart *part; /* the entity's */
	struct merge_template *merge;
};

struct raw_content {
	GMimeObject *entity;
	GArray *parts; /* struct raw_part */
};

/* Whether GMime may read it. */
static bool
structure_check(const GString *text, struct error *error)
{
	const char *end = strstr(text->str, "\r\n\r\n");
	size_t head_length = end != NULL ? (size_t)(end - text->str) + 2 : text->len;
	GString *head = g_string_new_len(text->str, (gssize)head_length);
	GString *body =
	    g_string_new_len(text->str + head_length, (gssize)(text->len - head_length));
	bool is_good = true;

	if (mime_depth_exceeds(head, body, RAW_CONTENT_DEPTH_MAX))
		is_good = error_set(
		    error, "its parts are nested more than %d deep", RAW_CONTENT_DEPTH_MAX);
	else if (mime_head_lines_exceed(head, body, RAW_CONTENT_HEAD_LINES_MAX))
		is_good = error_set(error, "its parts have more than %d header lines together",
		    RAW_CONTENT_HEAD_LINES_MAX);
	g_string_free(head, TRUE);
	g_string_free(body, TRUE);
	return is_good;
}

static GMimeObject *
entity_parse(const GString *text)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text->str, text->len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeObject *entity = g_mime_parser_construct_part(parser, NULL);

	g_object_unref(parser);
	g_object_unref(stream);
	return entity;
}

/* The message has its own Subject, From, Date and all others. */
static void
fields_keep_content(GMimeObject *entity)
{
	GMimeHeaderList *fields = g_mime_object_get_header_list(entity);

	for (int i = g_mime_header_list_get_count(fields) - 1; i >= 0; i--) {
		const char *name =
		    g_mime_header_get_name(g_mime_header_list_get_header_at(fields, i));

		if (g_ascii_strncasecmp(name, "Content-", strlen("Content-")) != 0)
			g_mime_header_list_remove_at(fields, i);
	}
}

/* The caller's text came as UTF-8; a part that does not say so, and is not ASCII, says it when it leaves. */
static void
part_name_charset(GMimePart *part, const char *text)
{
	GMimeObject *object = GMIME_OBJECT(part);

	if (g_mime_object_get_content_type_parameter(object, "charset") == NULL &&
	    !g_str_is_ascii(text))
		g_mime_object_set_content_type_parameter(object, "charset", "utf-8");
}

static void
part_add(struct raw_content *raw, GMimePart *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
	struct raw_part found = {.part = part};

	if (text == NULL)
		return;
	part_name_charset(part, text);
	found.merge = merge_template_create(
	    text, g_mime_content_type_is_type(type, "text", "html") ? MERGE_HTML : MERGE_TEXT);
	if (merge_template_is_fixed(found.merge))
		merge_template_free(found.merge);
	else
		g_array_append_val(raw->parts, found);
	g_free(text);
}

/* A message within is somebody's: it stays as it is. So does what is signed. */
static void
parts_find(struct raw_content *raw, GMimeObject *object)
{
	if (GMIME_IS_TEXT_PART(object)) {
		part_add(raw, GMIME_PART(object));
	} else if (GMIME_IS_MULTIPART(object) && !GMIME_IS_MULTIPART_SIGNED(object)) {
		GMimeMultipart *parts = GMIME_MULTIPART(object);

		for (int i = 0; i < g_mime_multipart_get_count(parts); i++)
			parts_find(raw, g_mime_multipart_get_part(parts, i));
	}
}

/* NULL: error says why. */
static GMimeObject *
entity_read(GString *text, struct error *error)
{
	GMimeObject *entity;

	if (!structure_check(text, error))
		return NULL;
	address_groups_cut_all(text);
	entity = entity_parse(text);
	if (entity == NULL)
		error_set(error, "it is no MIME entity");
	return entity;
}

struct raw_content *
raw_content_create(const char *entity, struct error *error)
{
	GString *text = mime_text_canonical(entity);
	struct raw_content *raw;
	GMimeObject *read;

	gmime_ready();
	read = entity_read(text, error);
	g_string_free(text, TRUE);
	if (read == NULL)
		return NULL;
	raw = g_new0(struct raw_content, 1);
	raw->entity = read;
	raw->parts = g_array_new(FALSE, FALSE, sizeof(struct raw_part));
	fields_keep_content(raw->entity);
	parts_find(raw, raw->entity);
	g_mime_object_encode(raw->entity, GMIME_ENCODING_CONSTRAINT_7BIT);
	return raw;
}

void
raw_content_free(struct raw_content *raw)
{
	if (raw == NULL)
		return;
	for (guint i = 0; i < raw->parts->len; i++)
		merge_template_free(g_array_index(raw->parts, struct raw_part, i).merge);
	g_array_free(raw->parts, TRUE);
	g_object_unref(raw->entity);
	g_free(raw);
}

bool
raw_content_is_fixed(const struct raw_content *raw)
{
	return raw->parts->len == 0;
}

bool
raw_content_write(struct raw_content *raw, struct merge_values *values, GString *head,
    GString *body, struct error *error)
{
	for (guint i = 0; i < raw->parts->len; i++) {
		const struct raw_part *each = &g_array_index(raw->parts, struct raw_part, i);
		GString *text = g_string_new(NULL);
		bool is_filled = merge_template_fill(each->merge, values, text, error);

		if (is_filled)
			mime_text_set(each->part, text->str);
		g_string_free(text, TRUE);
		if (!is_filled)
			return false;
	}
	mime_object_write(raw->entity, head, body);
	return true;
}
