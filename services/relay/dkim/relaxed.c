#include "services/relay/dkim/relaxed.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void
dkim_relaxed_field(const struct header_field *field, GString *out)
{
	bool has_blank = false;
	gsize start;

	for (size_t i = 0; i < field->name_length; i++)
		g_string_append_c(out, g_ascii_tolower(field->name[i]));
	g_string_append_c(out, ':');
	start = out->len;
	for (size_t i = 0; i < field->value_length; i++) {
		char c = field->value[i];
		bool is_fold =
		    c == '\r' && i + 1 < field->value_length && field->value[i + 1] == '\n';

		if (is_fold) {
			i++;
		} else if (is_blank(c)) {
			has_blank = true;
		} else {
			if (has_blank && out->len > start)
				g_string_append_c(out, ' ');
			has_blank = false;
			g_string_append_c(out, c);
		}
	}
}

/* Bytes that are neither blanks nor part of a line's end follow. */
static void
body_write(struct dkim_relaxed_body *body, const char *text, size_t length, GString *out)
{
	for (; body->line_ends > 0; body->line_ends--)
		g_string_append(out, "\r\n");
	if (body->has_blank)
		g_string_append_c(out, ' ');
	body->has_blank = false;
	body->has_text = true;
	g_string_append_len(out, text, (gssize)length);
}

void
dkim_relaxed_body_add(struct dkim_relaxed_body *body, const char *data, size_t length, GString *out)
{
	const char *end = data + length;

	while (data < end) {
		const char *run = data;

		if (body->has_cr) {
			body->has_cr = false;
			if (*data == '\n') {
				body->line_ends++;
				body->has_blank = false;
				data++;
			} else {
				body_write(body, "\r", 1, out);
			}
			continue;
		}
		while (data < end && !is_blank(*data) && *data != '\r')
			data++;
		if (data > run)
			body_write(body, run, (size_t)(data - run), out);
		if (data == end)
			break;
		if (*data == '\r')
			body->has_cr = true;
		else
			body->has_blank = true;
		data++;
	}
}

void
dkim_relaxed_body_end(struct dkim_relaxed_body *body, GString *out)
{
	if (body->has_cr)
		body_write(body, "\r", 1, out);
	if (body->has_text)
		g_string_append(out, "\r\n");
}
