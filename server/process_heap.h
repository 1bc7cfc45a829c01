/*
 * Memory that a process does not use any more goes back to the machine. glibc keeps what was freed: pieces among others
 * that live on, and, as its threshold for mmap() rises with the largest block ever freed, whole messages. After a
 * backlog a worker would hold its memory for ever.
 */
#ifndef SERVER_PROCESS_HEAP_H
#define SERVER_PROCESS_HEAP_H

struct event;
struct event_base;

enum {
	HEAP_MMAP_BYTES = 256
	    << 10, /* a block of that size has pages of its own, and gives them back when freed */
	HEAP_TOP_BYTES = 4 << 20, /* free at the end of the heap, that stay for what comes next */
	HEAP_LOOK_SECONDS = 10,
	HEAP_UNUSED_BYTES = 8 << 20 /* beside a quarter of what is used: more is given back */
};

/* From now on, every HEAP_LOOK_SECONDS. The caller's to event_free(). NULL: out of memory. */
struct event *process_heap_watch(struct event_base *base);

#endif
