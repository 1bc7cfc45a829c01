#include "services/relay/deliver/https_loop.h"

#include <event2/event.h>
#include <glib.h>

struct https_loop {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	https_loop_done *done;
};

/* Transfers that ended are told of; each may start others. */
static void
loop_read_ends(struct https_loop *loop)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;
		void *arg = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &arg);
		(void)curl_multi_remove_handle(loop->multi, easy);
		loop->done(arg, result);
	}
}

static void
loop_on_socket(evutil_socket_t socket, short what, void *arg)
{
	struct https_loop *loop = arg;
	int action =
		(what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0),
	    left;

	(void)curl_multi_socket_action(loop->multi, socket, action, &left);
	loop_read_ends(loop);
}

static void
loop_on_timer(evutil_socket_t socket, short what, void *arg)
{
	struct https_loop *loop = arg;
	int left;

	(void)socket;
	(void)what;
	(void)curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &left);
	loop_read_ends(loop);
}

/* libcurl says what it waits for on a socket; watch: its event, NULL at first. */
static int
loop_watch(CURL *easy, curl_socket_t socket, int what, void *arg, void *watch)
{
	struct https_loop *loop = arg;
	struct event *event = watch;
	short interest = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
	    (what & CURL_POLL_OUT ? EV_WRITE : 0));

	(void)easy;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what != CURL_POLL_REMOVE) {
		event = event_new(loop->base, socket, interest, loop_on_socket, loop);
		event_add(event, NULL);
	}
	(void)curl_multi_assign(loop->multi, socket, event);
	return 0;
}

static int
loop_set_timer(CURLM *multi, long milliseconds, void *arg)
{
	struct https_loop *loop = arg;
	struct timeval wait = {
	    .tv_sec = milliseconds / 1000, .tv_usec = (suseconds_t)(milliseconds % 1000) * 1000};

	(void)multi;
	if (milliseconds < 0)
		evtimer_del(loop->timer);
	else
		evtimer_add(loop->timer, &wait);
	return 0;
}

struct https_loop *
https_loop_create(struct event_base *base, https_loop_done *done, struct error *error)
{
	struct https_loop *loop;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		error_set(error, "libcurl does not start");
		return NULL;
	}
	loop = g_new0(struct https_loop, 1);
	loop->base = base;
	loop->done = done;
	loop->multi = curl_multi_init();
	loop->timer = evtimer_new(base, loop_on_timer, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, loop_watch);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, loop_set_timer);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	curl_multi_setopt(
	    loop->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTPS_LOOP_CONNECTIONS);
	return loop;
}

void
https_loop_destroy(struct https_loop *loop)
{
	if (loop == NULL)
		return;
	(void)curl_multi_cleanup(loop->multi);
	event_free(loop->timer);
	curl_global_cleanup();
	g_free(loop);
}

bool
https_loop_add(struct https_loop *loop, CURL *easy, void *arg)
{
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, arg);
	return curl_multi_add_handle(loop->multi, easy) == CURLM_OK;
}

void
https_loop_remove(struct https_loop *loop, CURL *easy)
{
	(void)curl_multi_remove_handle(loop->multi, easy);
}
