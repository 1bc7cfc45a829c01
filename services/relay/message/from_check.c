#include "services/relay/message/from_check.h"

#include <stdbool.h>
#include <string.h>

#include <gmime/gmime.h>

#include "services/relay/message/gmime_ready.h"
#include "services/relay/message/header_scan.h"

static bool
is_address(InternetAddress *address)
{
	const char *text, *at;

	if (!INTERNET_ADDRESS_IS_MAILBOX(address))
		return false;
	text = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
	at = text != NULL ? strrchr(text, '@') : NULL;
	return at != NULL && at > text && at[1] != '\0';
}

/* Those within a group (RFC 6854) are as good. */
static bool
list_has_address(InternetAddressList *list)
{
	for (int i = 0; i < internet_address_list_length(list); i++) {
		InternetAddress *address = internet_address_list_get_address(list, i);

		if (is_address(address))
			return true;
		if (INTERNET_ADDRESS_IS_GROUP(address) &&
		    list_has_address(
			internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address))))
			return true;
	}
	return false;
}

static bool
value_has_address(const struct header_field *field)
{
	char *value = g_strndup(field->value, field->value_length);
	InternetAddressList *list = internet_address_list_parse(NULL, value);
	bool has_address = list != NULL && list_has_address(list);

	g_clear_object(&list);
	g_free(value);
	return has_address;
}

const char *
from_check(const GString *head)
{
	struct header_scan scan = header_scan_start(head->str, head->len);
	struct header_field field, from = {0};
	unsigned count = 0;

	gmime_ready();
	while (header_scan_next(&scan, &field)) {
		if (!header_field_is(&field, "From"))
			continue;
		from = field;
		count++;
	}
	if (count == 0)
		return "the message has no From header";
	if (count > 1)
		return "the message has more than one From header";
	return value_has_address(&from) ? NULL : "the From header holds no address";
}
