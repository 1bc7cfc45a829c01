#include "server/top_fetch.h"

#include <string.h>

#include <curl/curl.h>

#include "server/http_metrics.h"

enum { FETCH_BYTES_MAX = 4 << 20, HTTP_OK = 200 };

struct top_fetch {
	CURL *curl;
	char *url; /* NULL: this machine's configuration has no API */
	GString *text;
};

/* An address that is every address's is asked on this machine. */
static char *
fetch_url(const struct config_api *api)
{
	const char *address = api->listen[0];
	const char *port;
	g_autofree char *host = NULL;

	if (address == NULL)
		return NULL;
	port = strrchr(address, ':');
	host = g_strndup(address, (gsize)(port - address));
	if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "[::]") == 0) {
		g_free(host);
		host = g_strdup(address[0] == '[' ? "[::1]" : "127.0.0.1");
	}
	return g_strconcat(api->tls_certificate != NULL ? "https://" : "http://", host, port,
	    HTTP_METRICS_PATH, NULL);
}

static size_t
fetch_on_data(char *data, size_t size, size_t count, void *arg)
{
	struct top_fetch *fetch = arg;

	if (fetch->text->len + size * count > FETCH_BYTES_MAX)
		return 0;
	g_string_append_len(fetch->text, data, (gssize)(size * count));
	return size * count;
}

struct top_fetch *
top_fetch_create(const struct config *config)
{
	struct top_fetch *fetch = g_new0(struct top_fetch, 1);

	fetch->url = fetch_url(&config->api);
	fetch->text = g_string_new(NULL);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	fetch->curl = curl_easy_init();
	if (fetch->url == NULL || fetch->curl == NULL)
		return fetch;
	curl_easy_setopt(fetch->curl, CURLOPT_URL, fetch->url);
	curl_easy_setopt(fetch->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(fetch->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(fetch->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(fetch->curl, CURLOPT_TIMEOUT_MS, (long)TOP_FETCH_MILLISECONDS);
	curl_easy_setopt(fetch->curl, CURLOPT_WRITEFUNCTION, fetch_on_data);
	curl_easy_setopt(fetch->curl, CURLOPT_WRITEDATA, fetch);
	/* The server shows the very certificate that the configuration names, whatever the name in it. */
	curl_easy_setopt(fetch->curl, CURLOPT_SSL_VERIFYHOST, 0L);
	if (config->api.tls_certificate != NULL)
		curl_easy_setopt(fetch->curl, CURLOPT_CAINFO, config->api.tls_certificate);
	return fetch;
}

void
top_fetch_destroy(struct top_fetch *fetch)
{
	if (fetch == NULL)
		return;
	curl_easy_cleanup(fetch->curl);
	curl_global_cleanup();
	g_string_free(fetch->text, TRUE);
	g_free(fetch->url);
	g_free(fetch);
}

struct top_counters *
top_fetch_read(struct top_fetch *fetch, struct error *error)
{
	struct top_counters *counters;
	CURLcode outcome;
	long status = 0;

	if (fetch->url == NULL || fetch->curl == NULL) {
		error_set(error, "the configuration has no api.listen to ask for them");
		return NULL;
	}
	g_string_truncate(fetch->text, 0);
	outcome = curl_easy_perform(fetch->curl);
	if (outcome != CURLE_OK) {
		error_set(error, "%s: %s", fetch->url, curl_easy_strerror(outcome));
		return NULL;
	}
	curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != HTTP_OK) {
		error_set(error, "%s answers %ld; api.metrics_networks says who may ask",
		    fetch->url, status);
		return NULL;
	}
	counters = top_counters_parse(fetch->text->str, g_get_monotonic_time());
	if (counters == NULL)
		error_set(error, "%s answers, but not as Bracemail does", fetch->url);
	return counters;
}
