/*
 * POSTs of any bytes to the API, alone and together, and GETs with any query, up to where the database would be needed: an answer
 * that is XML, whatever came. The first byte chooses the Content-Type, the path and the method.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <libxml/parser.h>

#include "services/soap/soap_service.h"

static const char *const content_types[] = {"text/xml; charset=utf-8", "text/xml",
    "application/soap+xml; charset=utf-8", "text/xml; charset=utf-16",
    "text/xml; charset=iso-8859-1"};
static const char *const paths[] = {
    "/api.asmx", "/api.asmx/AddGroupMember", "/api.asmx/Reports_GetSMTPLog"};
/* Of the first byte: by GET, when the path names an operation. */
enum { GET_BIT = 0x80 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
answer_check(const struct soap_response *response)
{
	xmlDocPtr document;

	assert(response->status == 200 || response->status == 400 || response->status == 500);
	if (strncmp(response->content_type, "text/plain", strlen("text/plain")) == 0)
		return;
	document = xmlReadMemory(response->body->str, (int)response->body->len, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	assert(document != NULL);
	xmlFreeDoc(document);
}

static void
response_clear(struct soap_response *response)
{
	if (response->body != NULL)
		g_string_free(response->body, TRUE);
	g_free(response->account);
	g_free(response->exception);
}

/* Beside itself: answered, or to be made alone. */
static void
handle_together(
    struct soap_service *service, struct db_connection *nowhere, const struct soap_request *request)
{
	const struct soap_request *const requests[] = {request, request};
	struct soap_response first = {0}, second = {0};
	struct soap_response *const responses[] = {&first, &second};

	soap_service_handle_together(service, nowhere, requests, responses, G_N_ELEMENTS(requests));
	assert(first.status == second.status);
	for (size_t i = 0; i < G_N_ELEMENTS(responses); i++) {
		if (responses[i]->status != 0)
			answer_check(responses[i]);
		response_clear(responses[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct soap_service *service;
	static struct db_connection *nowhere;
	static const struct soap_service_settings settings = {.http_get = true};
	struct soap_response response = {0};
	struct soap_request request = {
	    .method = "POST", .query = "", .host = "", .scheme = "http", .client = "192.0.2.1"};
	char *query = NULL;
	struct error error;

	if (service == NULL) {
		service = soap_service_create(&settings, &error);
		nowhere = db_connection_create("host=/nonexistent connect_timeout=1");
	}
	if (size == 0)
		return 0;
	request.content_type = content_types[data[0] % G_N_ELEMENTS(content_types)];
	request.path = paths[data[0] / 16 % G_N_ELEMENTS(paths)];
	if ((data[0] & GET_BIT) != 0 && request.path != paths[0]) {
		request.method = "GET";
		request.query = query = g_strndup((const char *)data + 1, size - 1);
		request.body = "";
	} else {
		request.body = (const char *)data + 1;
		request.body_length = size - 1;
	}
	soap_service_handle(service, nowhere, &request, &response);
	answer_check(&response);
	response_clear(&response);
	if (request.path == paths[0])
		handle_together(service, nowhere, &request);
	g_free(query);
	return 0;
}
