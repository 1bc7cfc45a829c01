#include "services/relay/dkim/fields.h"

static const char *const signed_fields[] = {"From", "Sender", "Reply-To", "Subject", "Date",
    "Message-ID", "To", "Cc", "In-Reply-To", "References", "Resent-Date", "Resent-From",
    "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Content-ID", "Content-Description", "List-Id", "List-Help",
    "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner",
    "List-Archive"};

const char *const dkim_oversigned_fields[] = {
    "From", "Reply-To", "To", "Cc", "Subject", "Date", NULL};

bool
dkim_field_is_signed(const struct header_field *field)
{
	for (size_t i = 0; i < sizeof(signed_fields) / sizeof(signed_fields[0]); i++)
		if (header_field_is(field, signed_fields[i]))
			return true;
	return false;
}
