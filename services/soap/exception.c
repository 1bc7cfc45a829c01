#include "services/soap/exception.h"

#include <stdarg.h>
#include <string.h>

#include <glib.h>
#include <libxml/xmlwriter.h>
#include <soapH.h>

#include "base/log.h"

#include "services/soap/operation.h"
#include "services/soap/xml_text.h"

/* Whose mistake it was: Client or Server in SOAP 1.1, Sender or Receiver in SOAP 1.2. */
enum exception_side { SIDE_CALLER, SIDE_OURS };

static const struct {
	const char *name;
	enum exception_side side;
} exceptions[] = {
    [EXCEPTION_BOUNCED_EMAIL_ADDRESS] = {"BouncedEmailAddressException", SIDE_CALLER},
    [EXCEPTION_CAMPAIGN_NOT_FOUND] = {"CampaignNotFoundException", SIDE_CALLER},
    [EXCEPTION_CANNOT_SEND] = {"CannotSendException", SIDE_CALLER},
    [EXCEPTION_DATABASE_UNAVAILABLE] = {"DatabaseUnavailableException", SIDE_OURS},
    [EXCEPTION_DEFAULT_GROUP_NAME] = {"DefaultGroupNameException", SIDE_CALLER},
    [EXCEPTION_DUPLICATE_EMAIL_ADDRESS] = {"DuplicateEmailAddressException", SIDE_CALLER},
    [EXCEPTION_DUPLICATE_GROUP_FIELD] = {"DuplicateGroupFieldException", SIDE_CALLER},
    [EXCEPTION_DUPLICATE_GROUP_NAME] = {"DuplicateGroupNameException", SIDE_CALLER},
    [EXCEPTION_DUPLICATE_IP_ADDRESS] = {"DuplicateIPAddressException", SIDE_CALLER},
    [EXCEPTION_DUPLICATE_USERNAME] = {"DuplicateUsernameException", SIDE_CALLER},
    [EXCEPTION_EMPTY_MESSAGE] = {"EmptyMessageException", SIDE_CALLER},
    [EXCEPTION_FILE_NOT_FOUND] = {"FileNotFoundException", SIDE_CALLER},
    [EXCEPTION_GROUP_FIELD_NOT_FOUND] = {"GroupFieldNotFoundException", SIDE_CALLER},
    [EXCEPTION_GROUP_MEMBER_NOT_FOUND] = {"GroupMemberNotFoundException", SIDE_CALLER},
    [EXCEPTION_GROUP_NOT_FOUND] = {"GroupNotFoundException", SIDE_CALLER},
    [EXCEPTION_INTERNAL] = {"InternalException", SIDE_OURS},
    [EXCEPTION_INVALID_BOUNDARY] = {"InvalidBoundaryException", SIDE_CALLER},
    [EXCEPTION_INVALID_CHARACTER_SET] = {"InvalidCharacterSetException", SIDE_CALLER},
    [EXCEPTION_INVALID_CONTACT] = {"InvalidContactException", SIDE_CALLER},
    [EXCEPTION_INVALID_DATE] = {"InvalidDateException", SIDE_CALLER},
    [EXCEPTION_INVALID_EMAIL_ADDRESS] = {"InvalidEmailAddressException", SIDE_CALLER},
    [EXCEPTION_INVALID_FIELD_COUNT] = {"InvalidFieldCountException", SIDE_CALLER},
    [EXCEPTION_INVALID_FROM_NAME] = {"InvalidFromNameException", SIDE_CALLER},
    [EXCEPTION_INVALID_GROUP_FIELD] = {"InvalidGroupFieldException", SIDE_CALLER},
    [EXCEPTION_INVALID_GROUP_FILTER] = {"InvalidGroupFilterException", SIDE_CALLER},
    [EXCEPTION_INVALID_GROUP_NAME] = {"InvalidGroupNameException", SIDE_CALLER},
    [EXCEPTION_INVALID_IMPORT_DATA] = {"InvalidImportDataException", SIDE_CALLER},
    [EXCEPTION_INVALID_IP_ADDRESS] = {"InvalidIPAddressException", SIDE_CALLER},
    [EXCEPTION_INVALID_LOGIN] = {"InvalidLoginException", SIDE_CALLER},
    [EXCEPTION_INVALID_OPTION] = {"InvalidOptionException", SIDE_CALLER},
    [EXCEPTION_INVALID_REQUEST] = {"InvalidRequestException", SIDE_CALLER},
    [EXCEPTION_INVALID_SECRET_TOKEN] = {"InvalidSecretTokenException", SIDE_CALLER},
    [EXCEPTION_INVALID_SUBJECT] = {"InvalidSubjectException", SIDE_CALLER},
    [EXCEPTION_INVALID_USERNAME] = {"InvalidUsernameException", SIDE_CALLER},
    [EXCEPTION_IP_ADDRESS_NOT_FOUND] = {"IPAddressNotFoundException", SIDE_CALLER},
    [EXCEPTION_NO_RECIPIENTS] = {"NoRecipientsException", SIDE_CALLER},
    [EXCEPTION_NOT_SUPPORTED] = {"NotSupportedException", SIDE_CALLER},
    [EXCEPTION_RECIPIENT_NOT_FOUND] = {"RecipientNotFoundException", SIDE_CALLER},
    [EXCEPTION_TOO_MANY_REQUESTS] = {"TooManyRequestsException", SIDE_OURS},
    [EXCEPTION_TOO_MANY_ROWS] = {"TooManyRowsException", SIDE_CALLER},
    [EXCEPTION_TRANSACTIONAL_ID_NOT_FOUND] = {"TransactionalIDNotFoundException", SIDE_CALLER},
    [EXCEPTION_UNKNOWN_OPERATION] = {"UnknownOperationException", SIDE_CALLER},
};

const char *
exception_name(enum exception exception)
{
	return exceptions[exception].name;
}

/* The detail element's content, in memory of soap. */
static const char *
exception_detail(struct soap *soap, enum exception exception, const char *message)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr writer = xmlNewTextWriterMemory(buffer, 0);
	const char *detail;

	xmlTextWriterStartElementNS(
	    writer, NULL, BAD_CAST "Exception", BAD_CAST "http://api.jangomail.com/");
	xmlTextWriterWriteElement(writer, BAD_CAST "Name", BAD_CAST exceptions[exception].name);
	xmlTextWriterWriteElement(writer, BAD_CAST "Message", BAD_CAST message);
	xmlTextWriterEndElement(writer);
	xmlFreeTextWriter(writer);
	detail = soap_strdup(soap, (const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	return detail;
}

static const char *
exception_sentence(struct soap *soap, enum exception exception, const char *message)
{
	char *line = g_strdup_printf("%s: %s", exceptions[exception].name, message);
	const char *copy = soap_strdup(soap, line);

	g_free(line);
	return copy;
}

/* What callers send is UTF-8; in a sentence that shows the beginning of it the last character may be cut. */
static void
cut_characters_drop(char *text)
{
	const char *broken = text;

	while (!g_utf8_validate(broken, -1, &broken))
		memmove(text + (broken - text), broken + 1, strlen(broken));
}

int
exception_throw(struct soap *soap, enum exception exception, const char *format, ...)
{
	va_list arguments;
	char *text, *message;
	const char *line, *detail;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	cut_characters_drop(text);
	message = xml_text_clean(text);
	line = exception_sentence(soap, exception, message);
	detail = exception_detail(soap, exception, message);
	g_free(message);
	g_free(text);
	if (exceptions[exception].side == SIDE_CALLER)
		return soap_sender_fault(soap, line, detail);
	return soap_receiver_fault(soap, line, detail);
}

int
exception_throw_database(struct soap *soap, enum db_status status, const struct error *error)
{
	const struct operation *operation = soap->user;

	if (operation->is_at_standby) {
		log_info("reports-standby-failed", "reason=\"%s\"", error->text);
		return exception_throw(soap, EXCEPTION_DATABASE_UNAVAILABLE, "The standby failed.");
	}
	if (status == DB_STATUS_UNAVAILABLE || status == DB_STATUS_RETRY) {
		log_warning("api-database-unavailable", "reason=\"%s\"", error->text);
		return exception_throw(soap, EXCEPTION_DATABASE_UNAVAILABLE,
		    "The database does not answer just now; try again.");
	}
	log_error("api-database-failed", "reason=\"%s\"", error->text);
	return exception_throw(
	    soap, EXCEPTION_INTERNAL, "Something went wrong here; the server's log says what.");
}

void
exception_forget(struct soap *soap)
{
	soap->fault = NULL;
	soap->error = SOAP_OK;
}

/* gSOAP knows the fault code (Client, MustUnderstand, ...) and the reason; the form is ours. */
int
exception_throw_protocol(struct soap *soap)
{
	enum exception exception = EXCEPTION_INVALID_REQUEST;
	int error = soap->error;
	char *sentence, *message;

	soap_set_fault(soap);
	if (error == SOAP_NO_METHOD) {
		exception = EXCEPTION_UNKNOWN_OPERATION;
		sentence = g_strdup_printf("There is no operation \"%s\".", soap->tag);
	} else {
		sentence = g_strdup_printf("%s.", soap_fault_string(soap));
	}
	message = xml_text_clean(sentence);
	*soap_faultstring(soap) = exception_sentence(soap, exception, message);
	*soap_faultdetail(soap) = exception_detail(soap, exception, message);
	g_free(message);
	g_free(sentence);
	soap->error = error;
	return error;
}

const char *
exception_line(struct soap *soap)
{
	return *soap_faultstring(soap);
}
