#include "services/relay/message/address_groups.h"

#include <stdbool.h>

#include "services/relay/message/header_scan.h"

/* What GMime reads addresses in. */
static const char *const fields[] = {"Bcc", "Cc", "Disposition-Notification-To", "From", "Reply-To",
    "Resent-Bcc", "Resent-Cc", "Resent-From", "Resent-Reply-To", "Resent-Sender", "Resent-To",
    "Sender", "To"};

static bool
holds_addresses(const struct header_field *field)
{
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
		if (header_field_is(field, fields[i]))
			return true;
	return false;
}

void
address_groups_cut(char *value, size_t length)
{
	size_t groups = 0;

	for (size_t i = 0; i < length; i++)
		if (value[i] == ':' && ++groups > ADDRESS_GROUPS_MAX)
			value[i] = ';';
}

void
address_groups_cut_all(GString *text)
{
	struct header_scan scan = header_scan_start(text->str, text->len);
	struct header_field field;

	while (header_scan_next(&scan, &field))
		if (holds_addresses(&field))
			address_groups_cut(
			    text->str + (field.value - text->str), field.value_length);
}
