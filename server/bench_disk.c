#include "server/bench_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"

enum { DISK_PAGES = 256 };

double
bench_disk_syncs(const char *folder, struct error *error)
{
	static const char page[BENCH_DISK_BYTES];
	g_autofree char *path = g_build_filename(folder, "disk", NULL);
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int64_t began, now;
	unsigned syncs = 0;
	bool works = file >= 0 && posix_fallocate(file, 0, BENCH_DISK_BYTES * DISK_PAGES) == 0;

	began = now = g_get_monotonic_time();
	while (works && now - began < CLOCK_SECOND) {
		works = pwrite(file, page, sizeof(page),
			    (off_t)(syncs % DISK_PAGES) * BENCH_DISK_BYTES) == sizeof(page) &&
		    fdatasync(file) == 0;
		syncs++;
		now = g_get_monotonic_time();
	}
	if (!works)
		error_set(error, "%s: %s", path, strerror(errno));
	if (file >= 0)
		close(file);
	unlink(path);
	return works ? (double)syncs * CLOCK_SECOND / (double)(now - began) : -1;
}
