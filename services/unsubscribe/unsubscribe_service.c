#include "services/unsubscribe/unsubscribe_service.h"

#include <string.h>

#include <gmime/gmime.h>
#include <libxml/parser.h>
#include <openssl/sha.h>

#include "base/log.h"
#include "base/unsubscribe_link.h"
#include "db/unsubscribe.h"

#include "services/unsubscribe/one_click.h"
#include "services/unsubscribe/unsubscribe_page.h"

enum { HEADER_STRINGS = 7 };

struct unsubscribe_service {
	char *policy;
	const char *headers[HEADER_STRINGS];
};

/* Nothing but the page's own style, and its form, which posts to where it came from. */
static char *
policy_create(void)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char *base64, *policy;

	SHA256(
	    (const unsigned char *)unsubscribe_page_style, strlen(unsubscribe_page_style), digest);
	base64 = g_base64_encode(digest, sizeof(digest));
	policy = g_strdup_printf(
	    "default-src 'none'; style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	    base64);
	g_free(base64);
	return policy;
}

struct unsubscribe_service *
unsubscribe_service_create(void)
{
	struct unsubscribe_service *service = g_new0(struct unsubscribe_service, 1);

	xmlInitParser();
	g_mime_init();
	service->policy = policy_create();
	memcpy(service->headers,
	    (const char *[HEADER_STRINGS]){"Content-Security-Policy", service->policy,
		"Referrer-Policy", "no-referrer", "X-Robots-Tag", "noindex", NULL},
	    sizeof(service->headers));
	return service;
}

void
unsubscribe_service_destroy(struct unsubscribe_service *service)
{
	if (service == NULL)
		return;
	g_mime_shutdown();
	g_free(service->policy);
	g_free(service);
}

const char *const *
unsubscribe_service_headers(const struct unsubscribe_service *service)
{
	return service->headers;
}

static void
answer(struct unsubscribe_response *response, int status, GString *page)
{
	response->status = status;
	response->page = page;
}

/* The same for what nobody was given and for what is no longer known. */
static void
answer_unknown(struct unsubscribe_response *response)
{
	answer(response, 404,
	    unsubscribe_page_trouble("This link does not work",
		"It may be incomplete, or too old. Open it again from the message, or answer the message and ask its "
		"sender to take you off the list."));
}

static void
answer_unavailable(struct unsubscribe_response *response)
{
	answer(response, 503,
	    unsubscribe_page_trouble(
		"Not now", "Nothing was changed. Please try again in a few minutes."));
}

static void
answer_failed(struct unsubscribe_response *response, const struct error *error)
{
	log_error("unsubscribe-failed", "reason=\"%s\"", error->text);
	answer_unavailable(response);
}

void
unsubscribe_service_refuse(struct unsubscribe_response *response)
{
	answer_unavailable(response);
}

static void
handle_delivery(struct db_connection *database, const struct delivery_token *delivery,
    const struct unsubscribe_request *request, struct unsubscribe_response *response)
{
	bool is_post = strcmp(request->method, "POST") == 0;
	struct unsubscribe_origin origin;
	struct error error;
	bool found;
	enum db_status status = is_post
	    ? unsubscribe_put(database, delivery, &origin, &found, &error)
	    : unsubscribe_find(database, delivery, &origin, &found, &error);

	if (status != DB_STATUS_OK) {
		answer_failed(response, &error);
		return;
	}
	if (!found) {
		answer_unknown(response);
		return;
	}
	if (is_post)
		log_info("unsubscribed", "account=%lld delivery=%lld",
		    (long long)delivery->account_id, (long long)delivery->delivery_id);
	answer(response, 200,
	    is_post ? unsubscribe_page_done(&origin) : unsubscribe_page_ask(&origin));
	unsubscribe_origin_clear(&origin);
}

static void
handle_token(struct db_connection *database, const struct unsubscribe_request *request,
    struct unsubscribe_response *response)
{
	uint8_t key[DELIVERY_TOKEN_KEY_SIZE];
	struct delivery_token delivery;
	struct error error;
	bool is_genuine;

	if (unsubscribe_key(database, key, &error) != DB_STATUS_OK) {
		answer_failed(response, &error);
		return;
	}
	is_genuine = unsubscribe_link_read(request->token, key, &delivery);
	explicit_bzero(key, sizeof(key));
	if (is_genuine)
		handle_delivery(database, &delivery, request, response);
	else
		answer_unknown(response);
}

void
unsubscribe_service_handle(struct db_connection *database,
    const struct unsubscribe_request *request, struct unsubscribe_response *response)
{
	if (request->body_length > UNSUBSCRIBE_BODY_MAX)
		answer(response, 413,
		    unsubscribe_page_trouble(
			"Too much", "Nothing was changed: the form is larger than expected."));
	else if (strcmp(request->method, "POST") == 0 &&
	    !one_click_is_asked(request->content_type, request->body, request->body_length))
		answer(response, 400,
		    unsubscribe_page_trouble("Nothing was changed",
			"The request does not say " ONE_CLICK_FIELD "=" ONE_CLICK_VALUE "."));
	else
		handle_token(database, request, response);
}
