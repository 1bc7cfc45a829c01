#include "base/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "base/clock.h"
#include "base/log.h"

enum { LEDGER_FOLDER_MODE = 0700, LEDGER_MODE = 0600, LEDGER_NAME_SIZE = sizeof("2026-11-26") };

#define DAY (86400 * CLOCK_SECOND)
#define FAILURE_LOG_INTERVAL (60 * CLOCK_SECOND)

static struct {
	char *directory; /* NULL: none is kept */
	unsigned days;
	int file;    /* -1: not open */
	int64_t day; /* of the file */
	int64_t failure_logged_at;
	GMutex lock;
} ledger = {.file = -1};

static void
day_name(int64_t day, char *name)
{
	char time[CLOCK_ISO_SIZE];

	g_strlcpy(name, clock_iso(day * DAY, time), LEDGER_NAME_SIZE);
}

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

/* The days' files, the oldest first. NULL: there is no folder, or it cannot be read, as error says. */
static GPtrArray *
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

/* Several processes do it at once: who comes late finds nothing. */
static void
ledger_prune(int64_t today)
{
	char oldest[LEDGER_NAME_SIZE];
	struct error error;
	GPtrArray *names = ledger_names(ledger.directory, &error);

	if (names == NULL)
		return;
	day_name(today - ledger.days, oldest);
	for (guint i = 0; i < names->len && strcmp(names->pdata[i], oldest) < 0; i++) {
		g_autofree char *path = g_build_filename(ledger.directory, names->pdata[i], NULL);

		unlink(path);
	}
	g_ptr_array_unref(names);
}

/* What root's commands make is its whose the folder is. */
static void
give_to_owner(int file)
{
	struct stat folder;

	if (geteuid() == 0 && stat(ledger.directory, &folder) == 0 &&
	    fchown(file, folder.st_uid, folder.st_gid) != 0)
		log_warning("ledger-owner", "reason=\"%s\"", strerror(errno));
}

static bool
ledger_open_day(int64_t day)
{
	char name[LEDGER_NAME_SIZE];
	g_autofree char *path = NULL;

	if (ledger.file >= 0 && ledger.day == day)
		return true;
	if (ledger.file >= 0)
		close(ledger.file);
	day_name(day, name);
	path = g_build_filename(ledger.directory, name, NULL);
	ledger.file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, LEDGER_MODE);
	ledger.day = day;
	if (ledger.file >= 0) {
		give_to_owner(ledger.file);
		ledger_prune(day);
	}
	return ledger.file >= 0;
}

bool
ledger_attach(const char *directory, unsigned days, struct error *error)
{
	g_clear_pointer(&ledger.directory, g_free);
	if (ledger.file >= 0)
		close(ledger.file);
	ledger.file = -1;
	if (days == 0)
		return true;
	if (g_mkdir_with_parents(directory, LEDGER_FOLDER_MODE) != 0)
		return error_set(error, "the ledger %s: %s", directory, strerror(errno));
	ledger.directory = g_strdup(directory);
	ledger.days = days;
	if (ledger_open_day(clock_now() / DAY))
		return true;
	error_set(error, "the ledger %s: %s", directory, strerror(errno));
	g_clear_pointer(&ledger.directory, g_free);
	return false;
}

bool
ledger_is_kept(void)
{
	return ledger.directory != NULL;
}

static void
ledger_log_failure(int number)
{
	int64_t now = clock_now();

	if (now - ledger.failure_logged_at < FAILURE_LOG_INTERVAL)
		return;
	ledger.failure_logged_at = now;
	log_error(
	    "ledger-failed", "folder=\"%s\" reason=\"%s\"", ledger.directory, strerror(number));
}

void
ledger_append(const char *lines, size_t length)
{
	ssize_t written;

	if (!ledger_is_kept() || length == 0)
		return;
	g_mutex_lock(&ledger.lock);
	errno = 0;
	if (!ledger_open_day(clock_now() / DAY))
		ledger_log_failure(errno);
	else if ((written = write(ledger.file, lines, length)) != (ssize_t)length)
		ledger_log_failure(written < 0 ? errno : ENOSPC);
	g_mutex_unlock(&ledger.lock);
}

/* bytes: of its end; SIZE_MAX: all of it. */
static bool
ledger_read_file(const char *path, size_t bytes, void (*each)(void *arg, char *line), void *arg,
    struct error *error)
{
	FILE *file = fopen(path, "re");
	size_t size = 0;
	char *line = NULL;
	ssize_t length;
	bool done;

	/* Its days are over meanwhile. */
	if (file == NULL && errno == ENOENT)
		return true;
	if (file == NULL)
		return error_set(error, "%s: %s", path, strerror(errno));
	if (bytes != SIZE_MAX && fseek(file, -(long)bytes, SEEK_END) == 0)
		(void)!getline(&line, &size, file); /* the end of a line, as a rule */
	else
		rewind(file);
	while ((length = getline(&line, &size, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		each(arg, line);
	}
	done = !ferror(file) || error_set(error, "%s: %s", path, strerror(errno));
	free(line);
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
