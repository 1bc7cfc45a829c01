/* What the files of the service share: services/soap/soap_service.c and soap_envelopes.c. */
#ifndef SERVICES_SOAP_SOAP_SERVICE_PRIVATE_H
#define SERVICES_SOAP_SOAP_SERVICE_PRIVATE_H

#include "services/soap/campaign_days.h"
#include "services/soap/envelope_host.h"
#include "services/soap/login.h"
#include "services/soap/operation.h"
#include "services/soap/report_memory.h"
#include "services/soap/soap_service.h"
#include "services/soap/wsdl_document.h"

#define SOAP_SERVICE_PATH "/api.asmx"
#define SOAP_TYPE_XML "text/xml; charset=utf-8"

struct soap_service {
	struct wsdl_document *contract;
	struct login *login;
	struct envelope_host *envelopes;
	struct campaign_days *campaign_days;
	struct report_memory *report_memory;
	struct db_standby *standby; /* NULL: none was set */
	char *public_url;           /* NULL: none was set */
	char *import_folder;        /* NULL: none was set */
	char *create_account_token; /* likewise */
	char *hostname;
};

/* What follows /api.asmx in the path: "" for itself, the operation for /api.asmx/Operation; NULL: it is another path. */
const char *soap_service_path_rest(const char *path);

/* A call that begins. */
struct operation soap_service_operation(struct soap_service *service,
    struct db_connection *database, const struct soap_request *request);

/* What the operation says of its answer: when it is to be sent, and what it holds until then. */
void soap_service_answered(const struct soap_service *service, struct soap_response *response,
    const struct operation *operation);

/* The response's body, which is taken. */
void soap_service_answer(
    struct soap_response *response, int status, const char *type, GString *body);
void soap_service_answer_text(struct soap_response *response, int status, const char *text);

/* The name in "GroupNotFoundException: sentence", to g_free(); a line without such a name is none: NULL. */
char *soap_service_exception_of(const char *line);

/* One envelope. */
void soap_service_handle_envelope(struct soap_service *service, struct db_connection *database,
    const struct soap_request *request, struct soap_response *response);

#endif
