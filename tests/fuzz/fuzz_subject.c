/* The Subject rule on any bytes: what comes out is sound, folds properly and reads as it should. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "services/relay/message/header_text.h"
#include "services/relay/message/subject_group.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text)
{
	assert(g_utf8_validate(text, -1, NULL));
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
		assert(!g_unichar_iscntrl(g_utf8_get_char(at)));
}

static void
check_group(const char *group)
{
	check_text(group);
	assert(*group != '\0' && g_utf8_strlen(group, -1) <= GROUP_NAME_MAX);
	assert(strpbrk(group, "{}") == NULL);
	assert(*group != ' ' && group[strlen(group) - 1] != ' ');
}

/* No byte of it starts another field, and a reader sees just the subject. */
static void
check_field(const char *field, const char *subject)
{
	GString *read = header_text_decode(field, strlen(field), NULL);

	header_text_clean(read);
	assert(strcmp(read->str, subject) == 0);
	g_string_free(read, TRUE);
	for (const char *at = field; *at != '\0'; at++) {
		if (*at == '\r') {
			assert(at[1] == '\n' && (at[2] == ' ' || at[2] == '\t'));
			at += 2;
		}
		assert(*at == '\t' || (*at >= ' ' && *at <= '~'));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct subject_group read;

	subject_group_read((const char *)data, size, &read);
	check_text(read.subject);
	if (read.group != NULL)
		check_group(read.group);
	if (read.field != NULL)
		check_field(read.field, read.subject);
	if (read.note != NULL)
		check_text(read.note);
	assert(read.group == NULL || read.field != NULL);
	assert(read.note == NULL || read.field == NULL);
	subject_group_clear(&read);
	return 0;
}
