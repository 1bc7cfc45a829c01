/*
 * libcurl's multi interface on the event loop: HTTPS transfers that never block.
 */
#ifndef SERVICES_RELAY_DELIVER_HTTPS_LOOP_H
#define SERVICES_RELAY_DELIVER_HTTPS_LOOP_H

#include <curl/curl.h>

#include "base/error.h"

enum { HTTPS_LOOP_CONNECTIONS = 100 /* at once; more wait */ };

struct event_base;
struct https_loop;

/* A transfer that was added has ended, and is removed. arg: what it was added with. */
typedef void https_loop_done(void *arg, CURLcode result);

/* done: hears of the ends of all transfers. NULL, with the reason. */
struct https_loop *https_loop_create(
    struct event_base *base, https_loop_done *done, struct error *error);

/* None may be under way. */
void https_loop_destroy(struct https_loop *loop);

/* Starts. CURLOPT_PRIVATE of easy is arg, set by this. False: nothing is under way. */
bool https_loop_add(struct https_loop *loop, CURL *easy, void *arg);
void https_loop_remove(struct https_loop *loop, CURL *easy);

#endif
