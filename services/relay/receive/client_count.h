/*
 * How many connections each client address has, and how many it opened within the minute: one address must not take
 * what all share. IPv6 counts by /64 (base/network.h). Counted in one worker, for workers share nothing.
 */
#ifndef SERVICES_RELAY_RECEIVE_CLIENT_COUNT_H
#define SERVICES_RELAY_RECEIVE_CLIENT_COUNT_H

#include <stdbool.h>

struct client_count;
struct receive_limits;

/* Addresses remembered; those beyond are not counted until others have been quiet for a minute. */
enum { CLIENT_COUNT_MAX = 65536, CLIENT_COUNT_WINDOW_SECONDS = 60 };

enum client_verdict { CLIENT_WELCOME, CLIENT_TOO_MANY, CLIENT_TOO_FAST };

struct client_count *client_count_create(void);
void client_count_destroy(struct client_count *count);

/* A client connected. CLIENT_WELCOME is followed by one client_count_leave() when that connection has ended. */
enum client_verdict client_count_enter(
    struct client_count *count, const char *address, const struct receive_limits *limits);
void client_count_leave(struct client_count *count, const char *address);

#endif
