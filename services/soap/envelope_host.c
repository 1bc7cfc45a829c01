#include "services/soap/envelope_host.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>
#include <soapH.h>
#include "JangoMailSoap.nsmap"

#include "services/soap/xml_gate.h"

enum {
	ENVELOPE_ARRAY_MAX = 10000,            /* elements of one array */
	ENVELOPE_ATTRIBUTES_MAX = 32,          /* that a context keeps from call to call, and */
	ENVELOPE_ATTRIBUTES_BYTES_MAX = 16384, /* the room of their values */
	/* Children are known by their local names, in whatever namespace a client put them. */
	ENVELOPE_READ_MODE = SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE | SOAP_XML_IGNORENS,
	ENVELOPE_WRITE_MODE = SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE | SOAP_XML_NOTYPE
};

struct envelope_host {
	pthread_mutex_t mutex;
	GPtrArray *idle;   /* struct soap */
	GPtrArray *frames; /* struct envelope_frame */
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

static void
frame_free(void *data)
{
	struct envelope_frame *frame = data;

	g_free(frame->begin);
	g_free(frame->end);
	g_free(frame);
}

/* It keeps the attributes of what it read to use their room again: these must not grow without end. */
static bool
attributes_are_few(const struct soap *soap)
{
	size_t count = 0, bytes = 0;

	for (const struct soap_attribute *each = soap->attributes; each != NULL;
	     each = each->next) {
		count++;
		bytes += each->size;
	}
	return count <= ENVELOPE_ATTRIBUTES_MAX && bytes <= ENVELOPE_ATTRIBUTES_BYTES_MAX;
}

/* Nothing is left of what it read before but attributes and namespaces: no blocks, as after some faults. */
static bool
context_is_clear(const struct soap *soap)
{
	return soap->local_namespaces != NULL && soap->blist == NULL && soap->alist == NULL &&
	    attributes_are_few(soap);
}

/* As soap_set_local_namespaces() makes them, before a document says which SOAP it is. */
static void
context_reset_namespaces(struct soap *soap)
{
	for (struct Namespace *each = soap->local_namespaces; each->id != NULL; each++) {
		each->ns = namespaces[each - soap->local_namespaces].ns;
		SOAP_FREE(soap, each->out);
		each->out = NULL;
	}
}

/*
 * What soap_begin_recv() of gSOAP 2.8 does for a text in UTF-8 that xml_gate_pass() let pass: no MIME, no DIME, no compression. It
 * would clear the tables of references first, 50 KiB, which are always empty, as SOAP_XML_TREE has none.
 */
int
envelope_host_begin_recv(struct soap *soap, const char *text)
{
	if (*text != '<' || !context_is_clear(soap))
		return soap_begin_recv(soap);
	soap->mode = soap->imode;
	soap->bufidx = soap->buflen = 0;
	soap->ahead = 0;
	soap->peeked = 0;
	soap->level = 0;
	soap_pop_namespace(soap);
	context_reset_namespaces(soap);
	soap->part = SOAP_BEGIN_RECV;
	soap->alloced = 0;
	soap->count = 0;
	soap->length = 0;
	soap->cdata = 0;
	soap->version = 0;
	soap->action = NULL;
	soap->header = NULL;
	soap->fault = NULL;
	soap->status = 0;
	return SOAP_OK;
}

struct envelope_host *
envelope_host_create(void)
{
	struct envelope_host *host = g_new0(struct envelope_host, 1);

	pthread_mutex_init(&host->mutex, NULL);
	host->idle = g_ptr_array_new_with_free_func(context_free);
	host->frames = g_ptr_array_new_with_free_func(frame_free);
	return host;
}

void
envelope_host_destroy(struct envelope_host *host)
{
	g_ptr_array_unref(host->idle);
	g_ptr_array_unref(host->frames);
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

	/* Not soap_end(): it clears gSOAP's tables of references, as soap_begin_recv() would: see above. */
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

/* The host is locked. */
static const struct envelope_frame *
frame_find(const struct envelope_host *host, short version, const char *name)
{
	for (guint i = 0; i < host->frames->len; i++) {
		const struct envelope_frame *frame = g_ptr_array_index(host->frames, i);

		if (frame->version == version && strcmp(frame->name, name) == 0)
			return frame;
	}
	return NULL;
}

const struct envelope_frame *
envelope_host_find_frame(struct envelope_host *host, short version, const char *name)
{
	const struct envelope_frame *frame;

	pthread_mutex_lock(&host->mutex);
	frame = frame_find(host, version, name);
	pthread_mutex_unlock(&host->mutex);
	return frame;
}

const struct envelope_frame *
envelope_host_keep_frame(struct envelope_host *host, short version, const char *name,
    const GString *response, size_t length)
{
	const struct envelope_frame *known;
	struct envelope_frame *frame;

	pthread_mutex_lock(&host->mutex);
	known = frame_find(host, version, name);
	if (known == NULL) {
		frame = g_new(struct envelope_frame, 1);
		*frame = (struct envelope_frame){.name = name,
		    .version = version,
		    .begin = g_strndup(response->str, length),
		    .end = g_strdup(response->str + length)};
		g_ptr_array_add(host->frames, frame);
		known = frame;
	}
	pthread_mutex_unlock(&host->mutex);
	return known;
}
