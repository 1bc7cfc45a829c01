#include "base/ledger.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>

#include "base/ledger_private.h"

enum line_end {
	LINE_WHOLE,
	LINE_FOREIGN, /* nobody wrote it so */
	LINE_NONE     /* the file is at its end */
};

/* Whether a file of the folder is one day's. */
static bool
name_is_day(const char *name)
{
	static const char shape[] = "0000-00-00";

	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == '0' ? !g_ascii_isdigit(name[i]) : name[i] != shape[i])
			return false;
	return name[sizeof(shape) - 1] == '\0';
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
ledger_names(const char *directory, struct error *error)
{
	GPtrArray *names;
	const char *name;
	GDir *folder;

	error->text[0] = '\0';
	folder = g_dir_open(directory, 0, NULL);
	if (folder == NULL) {
		if (errno != ENOENT && errno != ENOTDIR)
			error_set(error, "%s: %s", directory, strerror(errno));
		return NULL;
	}
	names = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(folder)) != NULL)
		if (name_is_day(name))
			g_ptr_array_add(names, g_strdup(name));
	g_dir_close(folder);
	g_ptr_array_sort(names, compare_names);
	return names;
}

/* A line of any length, of which no more than LEDGER_LINE_MAX are kept. */
static enum line_end
line_read(FILE *file, GString *line)
{
	bool is_foreign = false;
	int byte;

	g_string_truncate(line, 0);
	while ((byte = getc_unlocked(file)) != EOF && byte != '\n') {
		is_foreign = is_foreign || byte == '\0' || line->len == LEDGER_LINE_MAX;
		if (!is_foreign)
			g_string_append_c(line, (char)byte);
	}
	if (byte == EOF && line->len == 0 && !is_foreign)
		return LINE_NONE;
	return is_foreign || byte == EOF ? LINE_FOREIGN : LINE_WHOLE;
}

bool
ledger_read_lines(FILE *file, void (*each)(void *arg, char *line), void *arg)
{
	g_autoptr(GString) line = g_string_new(NULL);
	enum line_end end;

	while ((end = line_read(file, line)) != LINE_NONE) {
		if (end == LINE_FOREIGN)
			g_string_truncate(line, 0);
		else if (line->len == 0 || g_str_equal(line->str, "\t"))
			continue; /* what ended nothing */
		each(arg, line->str);
	}
	return !ferror(file);
}

/* To the first line that begins within the last `bytes`, or within as many more as that one has that ends there. */
static void
seek_to_end(FILE *file, size_t bytes)
{
	struct stat status;
	int byte;

	if (fstat(fileno(file), &status) != 0)
		status.st_size = 0;
	for (; bytes < (size_t)status.st_size && fseek(file, -(long)bytes, SEEK_END) == 0;
	     bytes *= 2) {
		while ((byte = getc_unlocked(file)) != EOF && byte != '\n')
			;
		if (byte == EOF || (byte = getc_unlocked(file)) == EOF)
			continue;
		ungetc(byte, file);
		return;
	}
	rewind(file);
}

/* bytes: of its end; SIZE_MAX: all of it. */
static bool
ledger_read_file(const char *path, size_t bytes, void (*each)(void *arg, char *line), void *arg,
    struct error *error)
{
	FILE *file = fopen(path, "re");
	bool done;

	/* Its days are over meanwhile. */
	if (file == NULL && errno == ENOENT)
		return true;
	if (file == NULL)
		return error_set(error, "%s: %s", path, strerror(errno));
	if (bytes != SIZE_MAX)
		seek_to_end(file, bytes);
	done =
	    ledger_read_lines(file, each, arg) || error_set(error, "%s: %s", path, strerror(errno));
	fclose(file);
	return done;
}

bool
ledger_read(
    const char *directory, void (*each)(void *arg, char *line), void *arg, struct error *error)
{
	GPtrArray *names = ledger_names(directory, error);
	bool done = true;

	if (names == NULL)
		return error->text[0] == '\0';
	for (guint i = 0; done && i < names->len; i++) {
		g_autofree char *path = g_build_filename(directory, names->pdata[i], NULL);

		done = ledger_read_file(path, SIZE_MAX, each, arg, error);
	}
	g_ptr_array_unref(names);
	return done;
}

bool
ledger_read_end(const char *directory, size_t bytes, void (*each)(void *arg, char *line), void *arg,
    struct error *error)
{
	GPtrArray *names = ledger_names(directory, error);
	bool done = true, found = false;

	if (names == NULL)
		return error->text[0] == '\0';
	for (guint i = names->len; i-- > 0 && !found;) {
		g_autofree char *path = g_build_filename(directory, names->pdata[i], NULL);
		struct stat file;

		found = stat(path, &file) == 0 && file.st_size > 0;
		if (found)
			done = ledger_read_file(path, bytes, each, arg, error);
	}
	g_ptr_array_unref(names);
	return done;
}
