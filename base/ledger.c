#include "base/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "base/clock.h"
#include "base/ledger_private.h"
#include "base/log.h"

enum { LEDGER_FOLDER_MODE = 0700, LEDGER_MODE = 0600, LEDGER_NAME_SIZE = sizeof("2026-11-26") };

#define FAILURE_LOG_INTERVAL (60 * CLOCK_SECOND)

static struct {
	char *directory; /* NULL: none is kept */
	unsigned days;
	int file;     /* -1: not open */
	int64_t day;  /* of the file */
	bool is_torn; /* its last line may have been cut off */
	int64_t failure_logged_at;
	GMutex lock;
} ledger = {.file = -1};

static void
day_name(int64_t day, char *name)
{
	char time[CLOCK_ISO_SIZE];

	g_strlcpy(name, clock_iso(day * CLOCK_DAY, time), LEDGER_NAME_SIZE);
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

/* Of what another process writes just now it may see a part, and then end nothing: the reader passes over it. */
static bool
file_is_torn(int file)
{
	struct stat status;
	char last;

	return fstat(file, &status) == 0 && status.st_size > 0 &&
	    pread(file, &last, 1, status.st_size - 1) == 1 && last != '\n';
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
	ledger.file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, LEDGER_MODE);
	ledger.day = day;
	if (ledger.file >= 0) {
		ledger.is_torn = file_is_torn(ledger.file);
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
	if (ledger_open_day(clock_now() / CLOCK_DAY))
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

/* False: errno says why. What fails may be cut off, and so may what others write to a full disk. */
static bool
ledger_write(const char *bytes, size_t length)
{
	ssize_t written = write(ledger.file, bytes, length);

	ledger.is_torn = written != (ssize_t)length;
	if (written >= 0 && ledger.is_torn)
		errno = ENOSPC;
	return !ledger.is_torn;
}

void
ledger_append(const char *lines, size_t length)
{
	if (!ledger_is_kept() || length == 0)
		return;
	g_mutex_lock(&ledger.lock);
	errno = 0;
	if (!ledger_open_day(clock_now() / CLOCK_DAY) ||
	    (ledger.is_torn && !ledger_write(LEDGER_TORN_END, strlen(LEDGER_TORN_END))) ||
	    !ledger_write(lines, length))
		ledger_log_failure(errno);
	g_mutex_unlock(&ledger.lock);
}

int
ledger_lock(const char *directory)
{
	int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder >= 0)
		flock(folder, LOCK_EX);
	return folder;
}

void
ledger_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}
