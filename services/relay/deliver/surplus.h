/*
 * When what a busy destination may not keep in memory is claimed again: at twice the rate at which its deliveries end, so that
 * a million that are due are looked at about twice each, and not over and over until their turn has come.
 */
#ifndef SERVICES_RELAY_DELIVER_SURPLUS_H
#define SERVICES_RELAY_DELIVER_SURPLUS_H

#include <stdint.h>

enum {
	SURPLUS_SECONDS = 30,       /* at least */
	SURPLUS_SECONDS_MAX = 3600, /* at most: the destination may have become quicker */
	SURPLUS_RATE = 100          /* deliveries a second, at least, and while nothing is known */
};

/* Zeroed at first. Times in microseconds. */
struct surplus {
	int64_t until; /* when the last that was given back is due */
	int64_t since; /* what is counted ended since then */
	unsigned ended;
};

/* So many deliveries of the destination have ended. */
void surplus_ended(struct surplus *surplus, unsigned count, int64_t now);

/* The next delivery that is given back is due then. */
int64_t surplus_due(struct surplus *surplus, int64_t now);

#endif
