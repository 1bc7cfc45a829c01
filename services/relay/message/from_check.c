#include "services/relay/message/from_check.h"

#include <stdbool.h>
#include <string.h>

#include <gmime/gmime.h>

#include "services/relay/message/address_groups.h"
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

/* Those within a group (RFC 6854) are as good. NULL: there is none. */
static const char *
list_first_address(InternetAddressList *list)
{
	const char *found = NULL;

	for (int i = 0; i < internet_address_list_length(list) && found == NULL; i++) {
		InternetAddress *address = internet_address_list_get_address(list, i);

		if (is_address(address))
			found =
			    internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
		else if (INTERNET_ADDRESS_IS_GROUP(address))
			found = list_first_address(
			    internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)));
	}
	return found;
}

/* g_free; NULL: there is none. */
static char *
value_address(const struct header_field *field)
{
	char *value = g_strndup(field->value, field->value_length);
	InternetAddressList *list;
	char *address;

	address_groups_cut(value, field->value_length);
	list = internet_address_list_parse(NULL, value);
	address = list != NULL ? g_strdup(list_first_address(list)) : NULL;
	g_clear_object(&list);
	g_free(value);
	return address;
}

/* How many From fields there are; from: the last one. */
static unsigned
from_fields(const GString *head, struct header_field *from)
{
	struct header_scan scan = header_scan_start(head->str, head->len);
	struct header_field field;
	unsigned count = 0;

	while (header_scan_next(&scan, &field)) {
		if (!header_field_is(&field, "From"))
			continue;
		*from = field;
		count++;
	}
	return count;
}

char *
from_address(const GString *head)
{
	struct header_field from;

	gmime_ready();
	return from_fields(head, &from) > 0 ? value_address(&from) : NULL;
}

const char *
from_check(const GString *head)
{
	struct header_field from;
	unsigned count = from_fields(head, &from);
	g_autofree char *address = NULL;

	gmime_ready();
	if (count == 0)
		return "the message has no From header";
	if (count > 1)
		return "the message has more than one From header";
	address = value_address(&from);
	return address != NULL ? NULL : "the From header holds no address";
}
