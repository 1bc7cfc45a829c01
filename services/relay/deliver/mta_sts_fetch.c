#include "services/relay/deliver/mta_sts_fetch.h"

#include <arpa/inet.h>
#include <string.h>

#include <event2/event.h>

struct mta_sts_fetch {
	struct https_loop *loop;
	const struct deliver_settings *settings;
	char *url;
	struct resolver_query *queries[2]; /* IPv4, IPv6 */
	GPtrArray *addresses[2];           /* char *, as libcurl takes them */
	unsigned tried;
	CURL *easy; /* under way; or NULL */
	struct curl_slist *connect_to;
	GString *body;
	size_t received; /* with the header */
	bool is_too_large;
	char trouble[CURL_ERROR_SIZE];
	struct event *timer;
	mta_sts_fetch_done *done;
	void *arg;
};

static void
fetch_end_request(struct mta_sts_fetch *fetch)
{
	if (fetch->easy == NULL)
		return;
	curl_easy_cleanup(fetch->easy);
	curl_slist_free_all(fetch->connect_to);
	fetch->easy = NULL;
	fetch->connect_to = NULL;
}

void
mta_sts_fetch_cancel(struct mta_sts_fetch *fetch)
{
	if (fetch->easy != NULL)
		https_loop_remove(fetch->loop, fetch->easy);
	fetch_end_request(fetch);
	for (unsigned i = 0; i < G_N_ELEMENTS(fetch->queries); i++) {
		if (fetch->queries[i] != NULL)
			resolver_cancel(fetch->queries[i]);
		g_ptr_array_unref(fetch->addresses[i]);
	}
	event_free(fetch->timer);
	g_string_free(fetch->body, TRUE);
	g_free(fetch->url);
	g_free(fetch);
}

static void
fetch_finish(struct mta_sts_fetch *fetch, struct mta_sts_policy *policy, const char *reason)
{
	fetch->done(fetch->arg, policy, reason);
	mta_sts_fetch_cancel(fetch);
}

static void
fetch_on_timer(evutil_socket_t socket, short what, void *arg)
{
	struct mta_sts_fetch *fetch = arg;
	char reason[64];

	(void)socket;
	(void)what;
	g_snprintf(
	    reason, sizeof(reason), "timed out after %u s", fetch->settings->mta_sts_seconds);
	fetch_finish(fetch, NULL, reason);
}

static size_t
fetch_count(struct mta_sts_fetch *fetch, size_t length)
{
	fetch->received += length;
	fetch->is_too_large = fetch->received > MTA_STS_POLICY_BYTES;
	return fetch->is_too_large ? 0 : length;
}

static size_t
fetch_on_header(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	return fetch_count(arg, size * count);
}

static size_t
fetch_on_body(char *data, size_t size, size_t count, void *arg)
{
	struct mta_sts_fetch *fetch = arg;
	size_t taken = fetch_count(fetch, size * count);

	g_string_append_len(fetch->body, data, (gssize)taken);
	return taken;
}

/* The next address, IPv4 first; NULL: all were tried. */
static const char *
fetch_next_address(struct mta_sts_fetch *fetch)
{
	unsigned at = fetch->tried++;

	for (unsigned i = 0; i < G_N_ELEMENTS(fetch->addresses); i++) {
		if (fetch->tried <= MTA_STS_ADDRESSES_MAX && at < fetch->addresses[i]->len)
			return g_ptr_array_index(fetch->addresses[i], at);
		at -= MIN(at, fetch->addresses[i]->len);
	}
	return NULL;
}

static void
fetch_configure(struct mta_sts_fetch *fetch, const char *address)
{
	const struct deliver_settings *settings = fetch->settings;
	g_autofree char *to = g_strdup_printf("::%s:%u", address, settings->mta_sts_port);
	CURL *easy = fetch->easy;

	fetch->connect_to = curl_slist_append(NULL, to);
	curl_easy_setopt(easy, CURLOPT_URL, fetch->url);
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, fetch->connect_to);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(
	    easy, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->mta_sts_seconds * 1000 / 2);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->trouble);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, fetch_on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, fetch_on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
	if (settings->tls_authorities == NULL)
		return;
	/* Those of this file and no others: Debian's libcurl trusts the system's folder besides. */
	curl_easy_setopt(easy, CURLOPT_CAINFO, settings->tls_authorities);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

/* Asks at the next address; trouble: why the one before was no use. */
static void
fetch_request(struct mta_sts_fetch *fetch, const char *trouble)
{
	const char *address = fetch_next_address(fetch);

	if (address == NULL) {
		fetch_finish(fetch, NULL, trouble);
		return;
	}
	g_string_truncate(fetch->body, 0);
	fetch->received = 0;
	fetch->trouble[0] = '\0';
	fetch->easy = curl_easy_init();
	fetch_configure(fetch, address);
	if (https_loop_add(fetch->loop, fetch->easy, fetch))
		return;
	fetch_end_request(fetch);
	fetch_finish(fetch, NULL, "libcurl does not take it");
}

/* RFC 8461 3.2: parameters of text/plain do not matter. */
static bool
fetch_is_text(const char *type)
{
	static const char text[] = "text/plain";

	return type != NULL && g_ascii_strncasecmp(type, text, strlen(text)) == 0 &&
	    (type[strlen(text)] == '\0' || strchr("; \t", type[strlen(text)]) != NULL);
}

/* The answer is whole. */
static void
fetch_judge(struct mta_sts_fetch *fetch)
{
	struct mta_sts_policy *policy = NULL;
	const char *type = NULL;
	struct error error = {""};
	long status = 0;

	(void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_TYPE, &type);
	if (status != 200)
		error_set(&error, "HTTP %ld", status);
	else if (!fetch_is_text(type))
		error_set(&error, "it is no text/plain");
	else
		policy = mta_sts_policy_parse(fetch->body->str, fetch->body->len, &error);
	fetch_end_request(fetch);
	fetch_finish(fetch, policy, error.text);
}

void
mta_sts_fetch_on_https(void *arg, CURLcode result)
{
	struct mta_sts_fetch *fetch = arg;
	char reason[CURL_ERROR_SIZE];

	if (result == CURLE_OK) {
		fetch_judge(fetch);
		return;
	}
	g_strlcpy(reason,
	    fetch->is_too_large             ? "it is too large"
		: fetch->trouble[0] != '\0' ? fetch->trouble
					    : curl_easy_strerror(result),
	    sizeof(reason));
	fetch_end_request(fetch);
	if (result == CURLE_COULDNT_CONNECT || result == CURLE_OPERATION_TIMEDOUT)
		fetch_request(fetch, reason);
	else
		fetch_finish(fetch, NULL, reason);
}

static void
fetch_on_addresses(struct mta_sts_fetch *fetch, unsigned family, const struct ub_result *result)
{
	static const struct {
		int family, length;
	} formats[] = {{AF_INET, sizeof(struct in_addr)}, {AF_INET6, sizeof(struct in6_addr)}};
	char ip[INET6_ADDRSTRLEN];

	fetch->queries[family] = NULL;
	for (int i = 0; result != NULL && result->data[i] != NULL; i++) {
		if (result->len[i] != formats[family].length ||
		    inet_ntop(formats[family].family, result->data[i], ip, sizeof(ip)) == NULL)
			continue;
		g_ptr_array_add(fetch->addresses[family],
		    family == 0 ? g_strdup(ip) : g_strdup_printf("[%s]", ip));
	}
	if (fetch->queries[0] == NULL && fetch->queries[1] == NULL)
		fetch_request(fetch, "its server has no address");
}

static void
fetch_on_ipv4(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	(void)reason;
	fetch_on_addresses(arg, 0, outcome == RESOLVER_FOUND ? result : NULL);
}

static void
fetch_on_ipv6(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	(void)reason;
	fetch_on_addresses(arg, 1, outcome == RESOLVER_FOUND ? result : NULL);
}

struct mta_sts_fetch *
mta_sts_fetch_start(struct event_base *base, struct resolver *resolver, struct https_loop *loop,
    const struct deliver_settings *settings, const char *domain, mta_sts_fetch_done *done,
    void *arg)
{
	struct timeval patience = {.tv_sec = (time_t)settings->mta_sts_seconds};
	struct mta_sts_fetch *fetch = g_new0(struct mta_sts_fetch, 1);
	g_autofree char *host = g_strconcat("mta-sts.", domain, NULL);

	fetch->loop = loop;
	fetch->settings = settings;
	fetch->url = g_strdup_printf("https://%s/.well-known/mta-sts.txt", host);
	fetch->done = done;
	fetch->arg = arg;
	fetch->body = g_string_new(NULL);
	fetch->addresses[0] = g_ptr_array_new_with_free_func(g_free);
	fetch->addresses[1] = g_ptr_array_new_with_free_func(g_free);
	fetch->timer = evtimer_new(base, fetch_on_timer, fetch);
	evtimer_add(fetch->timer, &patience);
	fetch->queries[0] = resolver_ask(resolver, host, RESOLVER_A, fetch_on_ipv4, fetch);
	fetch->queries[1] = resolver_ask(resolver, host, RESOLVER_AAAA, fetch_on_ipv6, fetch);
	return fetch;
}
