#include "server/progress.h"

#include <stdio.h>
#include <unistd.h>

#include <glib.h>

enum { PROGRESS_MICROSECONDS = 100000, PROGRESS_CELLS = 40 };

void
progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){.what = what, .is_shown = isatty(STDERR_FILENO) == 1};
}

void
progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
	static const char full[] = "########################################";
	int64_t now = g_get_monotonic_time();
	double share = total > 0 ? MIN((double)done / (double)total, 1) : 1;

	if (!progress->is_shown ||
	    (now - progress->shown_at < PROGRESS_MICROSECONDS && done < total))
		return;
	progress->shown_at = now;
	fprintf(stderr, "\r%s [%-*.*s] %3d %%", progress->what, PROGRESS_CELLS,
	    (int)(share * PROGRESS_CELLS), full, (int)(share * 100));
	fflush(stderr);
}

void
progress_end(struct progress *progress)
{
	if (progress->is_shown && progress->shown_at != 0)
		fputs("\r\033[K", stderr);
	progress->is_shown = false;
}
