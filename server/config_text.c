#include "server/config_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

enum text_state { TEXT_PLAIN, TEXT_QUOTED, TEXT_LINE_COMMENT, TEXT_BLOCK_COMMENT };

/* "//" within an unquoted word (a URL) is no comment. */
static bool
config_text_starts_comment(const char *text, const char *at)
{
	if (*at == '#')
		return true;
	if (at[0] != '/' || (at[1] != '/' && at[1] != '*'))
		return false;
	return at == text || strchr(" \t\r\n={},()\"'/", at[-1]) != NULL;
}

void
config_text_blank_comments(char *text)
{
	enum text_state state = TEXT_PLAIN;
	char quote = '\0';
	char *at;

	for (at = text; *at != '\0'; at++) {
		switch (state) {
		case TEXT_PLAIN:
			if (*at == '"' || *at == '\'') {
				quote = *at;
				state = TEXT_QUOTED;
			} else if (config_text_starts_comment(text, at)) {
				state = *at == '/' && at[1] == '*' ? TEXT_BLOCK_COMMENT
								   : TEXT_LINE_COMMENT;
				*at = ' ';
			}
			break;
		case TEXT_QUOTED:
			if (*at == '\\' && at[1] != '\0')
				at++;
			else if (*at == quote)
				state = TEXT_PLAIN;
			break;
		case TEXT_LINE_COMMENT:
			if (*at == '\n')
				state = TEXT_PLAIN;
			else
				*at = ' ';
			break;
		case TEXT_BLOCK_COMMENT:
			if (at[0] == '*' && at[1] == '/') {
				*at++ = ' ';
				state = TEXT_PLAIN;
			}
			if (*at != '\n')
				*at = ' ';
			break;
		}
	}
}

int
config_text_find_unclosed(const char *text)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(int));
	char quote = '\0';
	int line = 1, unclosed;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			line++;
		if (quote != '\0') {
			if (*text == '\\' && text[1] != '\0')
				text++;
			else if (*text == quote)
				quote = '\0';
		} else if (*text == '"' || *text == '\'') {
			quote = *text;
		} else if (*text == '{') {
			g_array_append_val(lines, line);
		} else if (*text == '}' && lines->len > 0) {
			g_array_set_size(lines, lines->len - 1);
		}
	}
	unclosed = lines->len > 0 ? g_array_index(lines, int, lines->len - 1) : 0;
	g_array_free(lines, TRUE);
	return unclosed;
}

char *
config_text_read(const char *path, struct error *error)
{
	char *text = NULL;
	size_t length;
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		error_set(error, "%s: %s", path, strerror(errno));
		return NULL;
	}
	text = g_malloc(CONFIG_FILE_MAX + 1);
	length = fread(text, 1, CONFIG_FILE_MAX, file);
	text[length] = '\0';
	if (ferror(file))
		error_set(error, "%s: %s", path, strerror(errno));
	else if (length == CONFIG_FILE_MAX)
		error_set(error, "%s: longer than %d bytes", path, CONFIG_FILE_MAX);
	else if (strlen(text) != length)
		error_set(error, "%s: holds a NUL byte", path);
	else {
		fclose(file);
		config_text_blank_comments(text);
		return text;
	}
	fclose(file);
	g_free(text);
	return NULL;
}
