#include "server/import_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "services/soap/email_address.h"
#include "services/soap/import_rows.h"

static const struct delimited_format csv = {.column = ",", .row = NULL, .qualifier = "\""};

static GString *
source_read(const char *path, struct error *error)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct exception_reason reason;
	GString *text = NULL;

	exception_reason_init(&reason);
	if (file >= 0)
		text = import_file_read(file, &reason);
	if (text == NULL && reason.sentence->len > 0)
		error_set(error, "%s: %s", path, reason.sentence->str);
	else if (text == NULL)
		error_set(error, "cannot read %s: %s", path, strerror(errno));
	if (file >= 0 && !is_stdin)
		close(file);
	exception_reason_clear(&reason);
	return text;
}

static bool
source_read_names(struct import_source *source, const char *path, struct error *error)
{
	switch (delimited_reader_next(&source->reader, source->names)) {
	case DELIMITED_END:
		return error_set(error, "%s is empty: its first row names the columns", path);
	case DELIMITED_UNCLOSED:
		return error_set(
		    error, "%s: a value in the first row has no double quote at its end", path);
	case DELIMITED_ROW:
		break;
	}
	for (guint i = 0; i < source->names->len; i++) {
		struct error ignored;

		if (email_address_check(g_strstrip(source->names->pdata[i]), &ignored))
			source->is_headless = true;
	}
	return true;
}

bool
import_source_open(struct import_source *source, const char *path, struct error *error)
{
	memset(source, 0, sizeof(*source));
	source->text = source_read(path, error);
	if (source->text == NULL)
		return false;
	source->names = g_ptr_array_new_with_free_func(g_free);
	delimited_reader_init(&source->reader, source->text->str, &csv);
	progress_begin(&source->progress, "importing");
	if (source_read_names(source, path, error))
		return true;
	import_source_clear(source);
	return false;
}

void
import_source_rewind(struct import_source *source)
{
	delimited_reader_init(&source->reader, source->text->str, &csv);
}

void
import_source_clear(struct import_source *source)
{
	progress_end(&source->progress);
	if (source->names != NULL)
		g_ptr_array_unref(source->names);
	g_string_free(source->text, TRUE);
}

void
import_source_show(void *arg, const struct delimited_reader *reader)
{
	struct import_source *source = arg;

	progress_show(
	    &source->progress, (uint64_t)(reader->next - source->text->str), source->text->len);
}
