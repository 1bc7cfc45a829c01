/* SendTransactionalEmail. */
#include "services/soap/operation.h"

#include "base/group_name.h"
#include "db/suppression.h"
#include "db/transactional_group.h"
#include "db/transactional_message.h"

#include "services/soap/send_message.h"

/* The group that the option TransactionalGroupID names; 0 when it is not given. False: thrown. */
static bool
group_of_options(
    struct soap *soap, struct operation *operation, const char *options, int32_t *group_id)
{
	char *given = send_message_option(options, "TransactionalGroupID");
	gint64 number = 0;
	bool found = false;
	struct error error;
	enum db_status status = DB_STATUS_OK;

	*group_id = 0;
	if (given == NULL)
		return true;
	if (g_ascii_string_to_signed(given, 10, 1, G_MAXINT32, &number, NULL))
		status = transactional_group_find_id(
		    operation->database, operation->account_id, (int32_t)number, &found, &error);
	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (!found)
		exception_throw(soap, EXCEPTION_GROUP_NOT_FOUND,
		    "There is no transactional group with the id %.24s.", given);
	*group_id = (int32_t)number;
	g_free(given);
	return status == DB_STATUS_OK && found;
}

/* An unsubscribed address is taken: it fails later, and the report says why. False: thrown. */
static bool
recipient_may_be_mailed(struct soap *soap, struct operation *operation, const char *address)
{
	bool bounced;
	struct error error;
	enum db_status status = suppression_find(operation->database, operation->account_id,
	    SUPPRESSION_BOUNCE, address, &bounced, &error);

	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (bounced)
		exception_throw(soap, EXCEPTION_BOUNCED_EMAIL_ADDRESS,
		    "\"%.255s\" is on the bounce list; DeleteBounce takes it off.", address);
	return status == DB_STATUS_OK && !bounced;
}

/* The composition's Subject loses its group, wherever the group comes from in the end. */
static int
message_store(struct soap *soap, struct operation *operation, struct composition *composition,
    struct transactional_message *message, char **result)
{
	struct group_name_cut cut;
	struct transactional_message_ids ids;
	struct error error;
	enum db_status status;

	group_name_cut(composition->subject, &cut);
	g_free(composition->subject);
	composition->subject = g_strdup(cut.subject);
	message->composition = composition;
	message->group_name = cut.group;
	message->note = cut.note;
	status = transactional_message_create(operation->database, message, &ids, &error);
	group_name_cut_clear(&cut);
	if (status != DB_STATUS_OK)
		return send_message_throw(soap, operation, status, &error);
	return operation_succeed(soap, result, ids.delivery_id);
}

int
__jango__SendTransactionalEmail(struct soap *soap, struct _jango__SendTransactionalEmail *request,
    struct _jango__SendTransactionalEmailResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct send_message given = {
	    .from_email = request->FromEmail,
	    .from_name = request->FromName,
	    .subject = request->Subject,
	    .message_plain = request->MessagePlain,
	    .message_html = request->MessageHTML,
	    .options = request->Options,
	};
	struct transactional_message message = {0};
	struct composition *composition;
	int answer;

	if (operation == NULL)
		return soap->error;
	message.recipient = operation_address(soap, "ToEmailAddress", request->ToEmailAddress);
	if (message.recipient == NULL ||
	    !recipient_may_be_mailed(soap, operation, message.recipient))
		return soap->error;
	composition = send_message_compose(soap, operation, &given);
	if (composition == NULL)
		return soap->error;
	if (group_of_options(soap, operation, composition->options, &message.group_id))
		answer = message_store(soap, operation, composition, &message,
		    &response->SendTransactionalEmailResult);
	else
		answer = soap->error;
	composition_unref(composition);
	return answer;
}
