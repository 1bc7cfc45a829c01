#include "services/soap/envelope_host.h"

#include <pthread.h>

#include <glib.h>
#include <soapH.h>
#include "JangoMailSoap.nsmap"

#include "services/soap/xml_gate.h"

enum {
	ENVELOPE_ARRAY_MAX = 10000, /* elements of one array */
	/* Children are known by their local names, in whatever namespace a client put them. */
	ENVELOPE_READ_MODE = SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE | SOAP_XML_IGNORENS,
	ENVELOPE_WRITE_MODE = SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE | SOAP_XML_NOTYPE
};

struct envelope_host {
	pthread_mutex_t mutex;
	GPtrArray *idle; /* struct soap */
};

static struct soap *
context_create(void)
{
	struct soap *soap = soap_new2(ENVELOPE_READ_MODE, ENVELOPE_WRITE_MODE);

	soap_set_namespaces(soap, namespaces);
	soap->maxlevel = XML_GATE_DEPTH_MAX;
	soap->maxoccurs = ENVELOPE_ARRAY_MAX;
	return soap;
}

static void
context_free(void *data)
{
	struct soap *soap = data;

	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
}

struct envelope_host *
envelope_host_create(void)
{
	struct envelope_host *host = g_new0(struct envelope_host, 1);

	pthread_mutex_init(&host->mutex, NULL);
	host->idle = g_ptr_array_new_with_free_func(context_free);
	return host;
}

void
envelope_host_destroy(struct envelope_host *host)
{
	g_ptr_array_unref(host->idle);
	pthread_mutex_destroy(&host->mutex);
	g_free(host);
}

struct soap *
envelope_host_take(struct envelope_host *host)
{
	struct soap *soap = NULL;

	pthread_mutex_lock(&host->mutex);
	if (host->idle->len > 0)
		soap = g_ptr_array_steal_index_fast(host->idle, host->idle->len - 1);
	pthread_mutex_unlock(&host->mutex);
	return soap != NULL ? soap : context_create();
}

void
envelope_host_give(struct envelope_host *host, struct soap *soap)
{
	bool kept;

	/* Not soap_end(): it clears gSOAP's tables of references once more, 50 KiB, which soap_begin_recv() does. */
	soap_dealloc(soap, NULL);
	soap->user = NULL;
	pthread_mutex_lock(&host->mutex);
	kept = host->idle->len < ENVELOPE_CONTEXTS_MAX;
	if (kept)
		g_ptr_array_add(host->idle, soap);
	pthread_mutex_unlock(&host->mutex);
	if (!kept)
		context_free(soap);
}
