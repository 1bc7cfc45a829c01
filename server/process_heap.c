#include "server/process_heap.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include <event2/event.h>

/* Pages that this process has for itself (proc(5), statm), in bytes; 0: not known. */
static size_t
process_resident(void)
{
	unsigned long size, resident, shared;
	FILE *statm = fopen("/proc/self/statm", "re");
	int found;

	if (statm == NULL)
		return 0;
	found = fscanf(statm, "%lu %lu %lu", &size, &resident, &shared);
	fclose(statm);
	return found == 3 ? (resident - shared) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static void
on_look(evutil_socket_t socket, short what, void *arg)
{
	struct mallinfo2 heap = mallinfo2();
	size_t used = heap.uordblks + heap.hblkhd;

	(void)socket;
	(void)what;
	(void)arg;
	if (process_resident() > used + used / 4 + HEAP_UNUSED_BYTES)
		malloc_trim(HEAP_TOP_BYTES);
}

struct event *
process_heap_watch(struct event_base *base)
{
	const struct timeval patience = {.tv_sec = HEAP_LOOK_SECONDS};
	struct event *look = event_new(base, -1, EV_PERSIST, on_look, NULL);

	mallopt(M_MMAP_THRESHOLD, HEAP_MMAP_BYTES);
	mallopt(M_TRIM_THRESHOLD, HEAP_TOP_BYTES);
	if (look != NULL)
		event_add(look, &patience);
	return look;
}
