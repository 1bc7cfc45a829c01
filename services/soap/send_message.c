#include "services/soap/send_message.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"

#include "services/soap/operation.h"
#include "services/soap/text_list.h"

/* A header's text: one line, not too long. The reason, or NULL. */
static const char *
header_text_fault(const char *text, glong characters)
{
	if (g_utf8_strlen(text, -1) > characters)
		return "is too long";
	for (; *text != '\0'; text = g_utf8_next_char(text))
		if (g_unichar_iscntrl(g_utf8_get_char(text)) && *text != '\t')
			return "has a control character in it";
	return NULL;
}

static bool
headers_are_good(struct soap *soap, const struct send_message *message)
{
	const char *fault =
	    header_text_fault(operation_text(message->subject), SEND_SUBJECT_CHARACTERS);

	if (fault != NULL) {
		exception_throw(soap, EXCEPTION_INVALID_SUBJECT, "The Subject %s.", fault);
		return false;
	}
	fault = header_text_fault(operation_text(message->from_name), SEND_FROM_NAME_CHARACTERS);
	if (fault != NULL)
		exception_throw(soap, EXCEPTION_INVALID_FROM_NAME, "FromName %s.", fault);
	return fault == NULL;
}

static bool
content_is_good(struct soap *soap, const struct send_message *message)
{
	bool html = *operation_text(message->message_html) != '\0';
	const char *plain = operation_text(message->message_plain);
	bool text = *plain != '\0' && g_ascii_strcasecmp(plain, "auto-generate") != 0;

	if (text || html || message->raw_message != NULL)
		return true;
	exception_throw(
	    soap, EXCEPTION_EMPTY_MESSAGE, "MessagePlain and MessageHTML are both empty.");
	return false;
}

bool
send_message_options_check(struct soap *soap, const char *options)
{
	GPtrArray *items = text_list_split(options, ",");
	bool good = true;

	for (guint i = 0; i < items->len && good; i++) {
		const char *item = g_ptr_array_index(items, i);

		if (*item != '\0' && (*item == '=' || strchr(item, '=') == NULL)) {
			exception_throw(soap, EXCEPTION_INVALID_OPTION,
			    "Options are written Name=Value,Name=Value; \"%.80s\" is not.", item);
			good = false;
		}
	}
	g_ptr_array_unref(items);
	return good;
}

struct composition *
send_message_compose(
    struct soap *soap, const struct operation *operation, const struct send_message *message)
{
	const char *from_email = operation_address(soap, "FromEmail", message->from_email);
	struct composition *composition;

	if (from_email == NULL || !headers_are_good(soap, message) ||
	    !content_is_good(soap, message) ||
	    !send_message_options_check(soap, operation_text(message->options)))
		return NULL;
	composition = composition_create();
	composition->account_id = operation->account_id;
	composition->from_email = g_strdup(from_email);
	composition->from_name = g_strdup(operation_text(message->from_name));
	composition->subject = g_strdup(operation_text(message->subject));
	composition->message_plain = g_strdup(operation_text(message->message_plain));
	composition->message_html = g_strdup(operation_text(message->message_html));
	composition->raw_message = g_strdup(message->raw_message);
	composition->options = g_strdup(operation_text(message->options));
	return composition;
}

int
send_message_throw(struct soap *soap, const struct operation *operation, enum db_status status,
    const struct error *error)
{
	if (status != DB_STATUS_LIMITED)
		return exception_throw_database(soap, status, error);
	log_info("account-limited", "account=%" PRId64 " client=%s reason=\"%s\"",
	    operation->account_id, operation->client, error->text);
	return exception_throw(soap, EXCEPTION_CANNOT_SEND, "%s.", error->text);
}

char *
send_message_option(const char *options, const char *name)
{
	GPtrArray *items = text_list_split(options, ",");
	char *value = NULL;

	for (guint i = 0; i < items->len && value == NULL; i++) {
		char *item = g_ptr_array_index(items, i);
		char *equals = strchr(item, '=');

		if (equals == NULL)
			continue;
		*equals = '\0';
		if (g_ascii_strcasecmp(g_strchomp(item), name) == 0)
			value = g_strdup(g_strchug(equals + 1));
	}
	g_ptr_array_unref(items);
	return value;
}
