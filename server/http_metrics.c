#include "server/http_metrics.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "db/queue_statistics.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct http_metrics {
	const struct network_list *networks;
	pthread_mutex_t mutex;
	GString *queue;  /* as it was read */
	int64_t read_at; /* monotonic, microseconds; 0: never */
};

static const struct {
	const char *name, *label, *help;
} kinds[] = {
    [QUEUE_BY_CLAIM] = {"queue_deliveries", "state",
	"Deliveries that wait, that are held, and those that a worker has."},
    [QUEUE_BY_AGE] = {"queue_age_deliveries", "younger_than",
	"Deliveries of the queue by how long they have been there."},
    [QUEUE_BY_DESTINATION] = {"queue_destination_deliveries", "destination",
	"Deliveries of the queue by domain: those with most; without a name: the others."},
};

struct http_metrics *
http_metrics_create(const struct network_list *networks)
{
	struct http_metrics *metrics = g_new0(struct http_metrics, 1);

	metrics->networks = networks;
	pthread_mutex_init(&metrics->mutex, NULL);
	metrics->queue = g_string_new(NULL);
	return metrics;
}

void
http_metrics_destroy(struct http_metrics *metrics)
{
	if (metrics == NULL)
		return;
	g_string_free(metrics->queue, TRUE);
	pthread_mutex_destroy(&metrics->mutex);
	g_free(metrics);
}

/* A label's value, as the format wants it. */
static void
label_append(GString *text, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			g_string_append_c(text, '\\');
		if (*value == '\n')
			g_string_append(text, "\\n");
		else
			g_string_append_c(text, *value);
	}
}

struct queue_text {
	GString *text;
	int kind; /* whose header is written; -1: none */
};

static void
queue_tell(void *arg, enum queue_statistics_kind kind, const char *name, int64_t deliveries)
{
	struct queue_text *queue = arg;

	if (queue->kind != (int)kind)
		g_string_append_printf(queue->text,
		    "# HELP bracemail_%s %s\n# TYPE bracemail_%s gauge\n", kinds[kind].name,
		    kinds[kind].help, kinds[kind].name);
	queue->kind = (int)kind;
	g_string_append_printf(
	    queue->text, "bracemail_%s{%s=\"", kinds[kind].name, kinds[kind].label);
	label_append(queue->text, name);
	g_string_append_printf(queue->text, "\"} %" G_GINT64_FORMAT "\n", deliveries);
}

/* The mutex is held. */
static bool
queue_read(struct http_metrics *metrics, struct db_connection *database)
{
	struct queue_text queue = {g_string_new(NULL), -1};
	struct error error;
	bool read = queue_statistics_read(database, queue_tell, &queue, &error) == DB_STATUS_OK;

	if (!read)
		log_warning("metrics-without-queue", "reason=\"%s\"", error.text);
	g_string_assign(metrics->queue, read ? queue.text->str : "");
	g_string_free(queue.text, TRUE);
	metrics->read_at = read ? g_get_monotonic_time() : 0;
	return read;
}

static void
queue_write(struct http_metrics *metrics, struct db_connection *database, GString *text)
{
	bool is_up = true;

	pthread_mutex_lock(&metrics->mutex);
	if (metrics->read_at == 0 ||
	    g_get_monotonic_time() - metrics->read_at >= HTTP_METRICS_QUEUE_SECONDS * CLOCK_SECOND)
		is_up = queue_read(metrics, database);
	g_string_append_len(text, metrics->queue->str, (gssize)metrics->queue->len);
	pthread_mutex_unlock(&metrics->mutex);
	g_string_append_printf(text,
	    "# HELP bracemail_database_up Whether the queue could be read when it was last tried.\n"
	    "# TYPE bracemail_database_up gauge\nbracemail_database_up %d\n",
	    is_up);
}

void
http_metrics_answer(
    struct http_metrics *metrics, struct db_connection *database, struct http_job *job)
{
	GString *text;

	if (!network_list_contains(metrics->networks, job->client)) {
		http_job_set_text(
		    job, 403, "Metrics are for clients that api.metrics_networks names.");
		return;
	}
	text = g_string_new(NULL);
	metrics_write(text);
	queue_write(metrics, database, text);
	job->response.status = 200;
	job->response.content_type = METRICS_TYPE;
	job->response.body = text;
}
