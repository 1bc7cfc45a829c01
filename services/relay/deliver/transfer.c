#include "services/relay/deliver/transfer_private.h"

#include "base/clock.h"

static void
transfer_free(struct transfer *transfer)
{
	g_queue_unlink(&transfer->context->running, &transfer->link);
	content_destroy(transfer->content);
	mailbox_clear(&transfer->sender);
	transfer_recipients_free(transfer);
	g_free(transfer->dsn);
	route_unref(transfer->route);
	g_free(transfer);
}

static void
transfer_over(struct transfer *transfer)
{
	struct connection *connection = transfer->connection;
	const struct transfer_events *events = transfer->events;
	void *arg = transfer->arg;

	if (connection != NULL && !connection_is_usable(connection)) {
		connection_leave(connection);
		connection = NULL;
	}
	transfer_free(transfer);
	events->over(arg, connection);
}

bool
transfer_end_decided(struct transfer *transfer, enum transfer_contact contact)
{
	struct transfer_result *results = g_new(struct transfer_result, transfer->count);
	int64_t now =
	    clock_now(); /* the same for all: so they stay together when they are tried again */
	unsigned ended = 0;

	for (unsigned i = transfer->count; i-- > 0;)
		if (transfer->said[i].rest == TRANSACTION_NOTHING)
			results[ended++] = transfer_recipient_end(transfer, i, now);
	if (ended > 0)
		transfer->events->ended(transfer->arg, results, ended, contact);
	g_free(results);
	if (transfer->count > 0)
		return true;
	transfer_over(transfer);
	return false;
}

void
transfer_finish(struct transfer *transfer, struct verdict verdict)
{
	for (unsigned i = 0; i < transfer->count; i++) {
		transfer->said[i].verdict = verdict;
		transfer->said[i].rest = TRANSACTION_NOTHING;
	}
	(void)transfer_end_decided(transfer, transfer->contact);
}

void
transfer_finish_unsent(
    struct transfer *transfer, enum verdict_status status, const char *code, const char *note)
{
	transfer_note(transfer, "%s", note);
	transfer_finish(transfer, verdict_make(status, code));
}

/* The addresses; false: one is none, and the transfer has ended. */
static bool
transfer_address(struct transfer *transfer)
{
	const struct transfer_context *context = transfer->context;
	g_autofree char *from = sender_create(transfer->recipients[0].delivery, context->worker,
	    context->settings->bounce_domain, &transfer->sender_kind);
	struct error error;

	for (unsigned i = 0; i < transfer->count; i++) {
		struct transfer_recipient *recipient = &transfer->recipients[i];

		if (!mailbox_parse(recipient->delivery->recipient, &recipient->mailbox, &error)) {
			error_prefix(&error, "recipient");
			transfer_finish_unsent(transfer, VERDICT_FAILED, "5.1.3", error.text);
			return false;
		}
	}
	if (from[0] != '\0' && !mailbox_parse(from, &transfer->sender, &error)) {
		error_prefix(&error, "sender");
		transfer_finish_unsent(transfer, VERDICT_FAILED, "5.1.7", error.text);
		return false;
	}
	return true;
}

static const char *
transfer_where(const struct transfer *transfer, const char *domain)
{
	if (transfer->connection != NULL)
		return connection_where(transfer->connection);
	if (transfer->route->hosts->len > 0)
		return ((struct route_host *)g_ptr_array_index(transfer->route->hosts, 0))->where;
	return domain;
}

/* RFC 8689 5: TLS-Required: No goes past what the recipients' side asks. */
static struct route *
transfer_pick_route(const struct delivery *first, struct route *route)
{
	return delivery_asks_tls(first) == MESSAGE_TLS_OPTIONAL && route->unrestricted != NULL
	    ? route->unrestricted
	    : route;
}

enum message_tls
transfer_asks_tls(const struct transfer *transfer)
{
	return delivery_asks_tls(transfer->recipients[0].delivery);
}

void
transfer_start(struct transfer_context *context, const GPtrArray *deliveries, const char *domain,
    struct route *route, struct connection *connection, const struct transfer_events *events,
    void *arg)
{
	struct transfer *transfer = g_new0(struct transfer, 1);

	transfer->context = context;
	transfer->link.data = transfer;
	g_queue_push_tail_link(&context->running, &transfer->link);
	transfer->events = events;
	transfer->arg = arg;
	transfer->content = content_create(
	    &context->content, g_ptr_array_index(deliveries, 0), transfer_on_content, transfer);
	transfer->route = route_ref(transfer_pick_route(g_ptr_array_index(deliveries, 0), route));
	transfer->connection = connection;
	transfer->is_reused = connection != NULL;
	transfer_recipients_create(transfer, deliveries, transfer_where(transfer, domain));
	if (!transfer_address(transfer))
		return;
	if (connection == NULL) {
		transfer_open_first(transfer);
		return;
	}
	transfer->host = transfer_find_host(transfer);
	connection_set_owner(connection, &transfer_connection_events, transfer);
	transfer_on_ready(transfer);
}

bool
transfer_is_past_dot(const struct transfer *transfer)
{
	return transfer->connection != NULL && connection_is_past_dot(transfer->connection);
}

GPtrArray *
transfer_abort(struct transfer *transfer)
{
	GPtrArray *deliveries = g_ptr_array_new();

	if (transfer->connection != NULL)
		connection_close(transfer->connection);
	for (unsigned i = 0; i < transfer->count; i++) {
		g_ptr_array_add(deliveries, transfer->recipients[i].delivery);
		attempt_free(transfer->recipients[i].attempt);
	}
	transfer_free(transfer);
	return deliveries;
}

void
transfer_outlive(struct transfer *transfer)
{
	transfer->is_outliving = true;
}

void
transfer_give_up(struct transfer *transfer, const char *note)
{
	if (transfer->connection != NULL)
		connection_close(transfer->connection);
	transfer->connection = NULL;
	transfer_finish_unsent(transfer, VERDICT_DEFERRED, "4.4.2", note);
}

void *
transfer_owner(const struct transfer *transfer)
{
	return transfer->arg;
}

unsigned
transfer_count(const struct transfer *transfer)
{
	return transfer->count;
}

const struct delivery *
transfer_delivery(const struct transfer *transfer, unsigned index)
{
	return transfer->recipients[index].delivery;
}
