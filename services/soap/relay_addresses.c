/* Whose mail needs no password: SMTPRelay_AddIP, SMTPRelay_DeleteIP. */
#include "services/soap/operation.h"

#include <string.h>

#include "base/network.h"
#include "db/account.h"

/* Of a network's 128 bits, as base/network.h has them: a /24 of IPv4, a /64 of IPv6. Wider ones are the operator's to register. */
enum { IPV4_BITS_LEAST = 96 + 24, IPV6_BITS_LEAST = 64, IPV4_PREFIX_BYTES = 12 };

static bool
is_ipv4(const struct network *network)
{
	static const unsigned char mapped[IPV4_PREFIX_BYTES] = {[10] = 0xff, [11] = 0xff};

	return memcmp(network->address, mapped, sizeof(mapped)) == 0;
}

/* PostgreSQL's cidr takes none either. */
static bool
has_bits_beyond_prefix(const struct network *network)
{
	for (unsigned bit = network->bits; bit < NETWORK_ADDRESS_BYTES * 8; bit++)
		if (network->address[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

/* The address, trimmed; NULL when it is none: thrown. */
static const char *
relay_address(struct soap *soap, const char *text)
{
	const char *address = operation_trimmed(soap, text);
	struct network network;

	if (!network_parse(address, &network) || has_bits_beyond_prefix(&network))
		exception_throw(soap, EXCEPTION_INVALID_IP_ADDRESS,
		    "\"%.80s\" is no IP address, and no network.", address);
	else if (network.bits < (is_ipv4(&network) ? IPV4_BITS_LEAST : IPV6_BITS_LEAST))
		exception_throw(soap, EXCEPTION_INVALID_IP_ADDRESS,
		    "\"%.80s\" is too wide: at most a /24 of IPv4, or a /64 of IPv6.", address);
	else
		return address;
	return NULL;
}

/* Who calls, about which address; address NULL: thrown. */
struct relay_call {
	struct operation *operation;
	const char *address;
};

static struct relay_call
relay_call_begin(struct soap *soap, const char *username, const char *password, const char *address)
{
	struct relay_call call = {.operation = operation_begin(soap, username, password)};

	if (call.operation != NULL)
		call.address = relay_address(soap, address);
	return call;
}

int
__jango__SMTPRelay_AddIP(struct soap *soap, struct _jango__SMTPRelay_AddIP *request,
    struct _jango__SMTPRelay_AddIPResponse *response)
{
	const struct relay_call call =
	    relay_call_begin(soap, request->Username, request->Password, request->IPAddress);
	bool changed;
	struct error error;
	enum db_status status;

	if (call.address == NULL)
		return soap->error;
	status = account_allow_network(
	    call.operation->database, request->Username, call.address, &changed, &error);
	if (status == DB_STATUS_UNIQUE)
		return exception_throw(soap, EXCEPTION_DUPLICATE_IP_ADDRESS,
		    "\"%s\" is registered already.", call.address);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	return operation_succeed(
	    soap, &response->SMTPRelay_AddIPResult, call.operation->account_id);
}

int
__jango__SMTPRelay_DeleteIP(struct soap *soap, struct _jango__SMTPRelay_DeleteIP *request,
    struct _jango__SMTPRelay_DeleteIPResponse *response)
{
	const struct relay_call call =
	    relay_call_begin(soap, request->Username, request->Password, request->IPAddress);
	bool changed;
	struct error error;
	enum db_status status;

	if (call.address == NULL)
		return soap->error;
	status = account_deny_network(
	    call.operation->database, request->Username, call.address, &changed, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!changed)
		return exception_throw(soap, EXCEPTION_IP_ADDRESS_NOT_FOUND,
		    "\"%s\" is not registered.", call.address);
	return operation_succeed(
	    soap, &response->SMTPRelay_DeleteIPResult, call.operation->account_id);
}
