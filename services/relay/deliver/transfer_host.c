/* Which host of the route the message goes to: one after another, until one talks. */
#include "services/relay/deliver/transfer_private.h"

#include "base/clock.h"

static struct route_host *
host_at(const struct transfer *transfer, guint index)
{
	return g_ptr_array_index(transfer->route->hosts, index);
}

struct route_host *
transfer_host(const struct transfer *transfer)
{
	return host_at(transfer, transfer->host);
}

static void
transfer_connect(struct transfer *transfer)
{
	transfer->connection = connection_open(transfer->context->connections,
	    transfer_host(transfer), &transfer->security, transfer_asks_tls(transfer),
	    &transfer_connection_events, transfer);
}

/* Connects to the host of that number, which exists. */
static void
transfer_open_host(struct transfer *transfer, guint index)
{
	transfer->host = index;
	transfer->security =
	    security_for_host(transfer->context->settings, transfer->recipients[0].mailbox.domain,
		transfer_host(transfer), transfer_asks_tls(transfer));
	transfer_connect(transfer);
}

/* RFC 8689 4.2.1: whoever answers for an unsigned MX record may have named any host. */
static bool
transfer_leaves_out(struct transfer *transfer, const struct route_host *host)
{
	if (host->is_vouched || transfer_asks_tls(transfer) != MESSAGE_TLS_REQUIRED)
		return false;
	transfer_note(transfer,
	    "%s left out: REQUIRETLS is asked for, and neither DNSSEC nor an MTA-STS policy vouches for its name",
	    host->where);
	if (transfer->verdict.status == VERDICT_OPEN)
		transfer->verdict = verdict_make(VERDICT_FAILED, "5.7.30");
	return true;
}

/* The first host from index on that is worth a try; past the last: none. */
static guint
transfer_pass_over(struct transfer *transfer, guint index)
{
	const struct route *route = transfer->route;
	int64_t now = clock_now();

	for (; index < route->hosts->len; index++) {
		const struct route_host *host = host_at(transfer, index);

		if (transfer_leaves_out(transfer, host))
			continue;
		if (!route_passes_over(route, host, now))
			break;
		transfer_note(
		    transfer, "%s passed over: it failed %u times", host->where, host->failures);
		/* It may be the only one that passes REQUIRETLS on: the others cannot refuse for it. */
		if (transfer_asks_tls(transfer) == MESSAGE_TLS_REQUIRED)
			transfer->verdict = verdict_make(VERDICT_DEFERRED, "4.4.1");
	}
	return index;
}

/* One that the head of the transcript does not name. */
static void
transfer_open_further_host(struct transfer *transfer, guint index)
{
	transfer_note(transfer, "trying %s", host_at(transfer, index)->where);
	transfer_open_host(transfer, index);
}

void
transfer_try_host(struct transfer *transfer, guint index)
{
	index = transfer_pass_over(transfer, index);
	if (index >= transfer->route->hosts->len) {
		transfer_finish(transfer, transfer->verdict);
		return;
	}
	transfer_open_further_host(transfer, index);
}

/* The first attempt to be made over a new connection. */
void
transfer_open_first(struct transfer *transfer)
{
	const struct route *route = transfer->route;
	guint first;

	for (guint i = 0; i < route->notes->len; i++)
		transfer_note(transfer, "%s", (const char *)g_ptr_array_index(route->notes, i));
	if (route->failure.status != VERDICT_OPEN) {
		transfer_finish(transfer, route->failure);
		return;
	}
	first = transfer_pass_over(transfer, 0);
	if (first >= route->hosts->len)
		transfer_finish(transfer, transfer->verdict);
	else if (first == 0)
		transfer_open_host(transfer, first);
	else
		transfer_open_further_host(transfer, first);
}

/* Where in the route a connection goes: to try again there if need be. */
guint
transfer_find_host(const struct transfer *transfer)
{
	const char *where = connection_where(transfer->connection);

	for (guint i = 0; i < transfer->route->hosts->len; i++) {
		if (g_str_equal(host_at(transfer, i)->where, where))
			return i;
	}
	return 0;
}

void
transfer_note_contact(struct transfer *transfer, enum transfer_contact contact)
{
	transfer->contact = MAX(transfer->contact, contact);
}

/* RFC 5321 4.2.1, 5.1: refused for good by one host, the message may still be taken by another; it
 * has failed when each one said so. */
void
transfer_drop_host(struct transfer *transfer, struct verdict verdict)
{
	connection_leave(transfer->connection);
	transfer->connection = NULL;
	if (transfer->verdict.status != VERDICT_DEFERRED || verdict.status == VERDICT_DEFERRED)
		transfer->verdict = verdict;
	transfer_try_host(transfer, transfer->host + 1);
}

void
transfer_on_failed(void *arg, enum connection_failure failure, struct verdict verdict)
{
	struct transfer *transfer = arg;

	if (transfer->is_preparing) {
		transfer_on_rested(transfer);
		return;
	}
	transfer_add_opening(transfer);
	if (failure != CONNECTION_TLS_FAILED || transfer->security.tls >= CLIENT_TLS_REQUIRED) {
		if (failure == CONNECTION_FAILED)
			route_host_failed(transfer_host(transfer), clock_now());
		transfer_note_contact(transfer,
		    failure == CONNECTION_FAILED             ? TRANSFER_UNREACHED
			: verdict.status == VERDICT_DEFERRED ? TRANSFER_HELD_BACK
							     : TRANSFER_SERVED);
		transfer_drop_host(transfer, verdict);
		return;
	}
	/* RFC 7435: rather in the clear than not at all. */
	connection_close(transfer->connection);
	transfer_note(transfer, "trying again without TLS");
	transfer->security.tls = CLIENT_TLS_NEVER;
	transfer_connect(transfer);
}
