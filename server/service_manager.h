/*
 * What the supervisor tells the service manager that started it, by sd_notify(3). Where none did (no NOTIFY_SOCKET in the
 * environment) nothing is sent. None of it blocks for long: a datagram each.
 */
#ifndef SERVER_SERVICE_MANAGER_H
#define SERVER_SERVICE_MANAGER_H

#include <stdint.h>

struct service_manager {
	int64_t alive_every; /* ms; 0: nobody watches */
	int64_t alive_at;    /* slot_now() of the next sign of life; INT64_MAX: none */
};

/* now: slot_now(). Reads WATCHDOG_USEC; signs of life come twice within it. */
void service_manager_open(struct service_manager *manager, int64_t now);

/* At first, and after each reload. */
void service_manager_tell_ready(unsigned processes);
void service_manager_tell_reloading(void);
void service_manager_tell_stopping(void);

/* A sign of life, if one is due. To be called at alive_at at the latest. */
void service_manager_tell_alive(struct service_manager *manager, int64_t now);

/* For a child that runs another program: PostgreSQL, too, tells whoever is in the environment that it is ready. */
void service_manager_forget(void);

#endif
