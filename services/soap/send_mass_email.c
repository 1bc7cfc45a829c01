/* SendMassEmail, SendMassEmailPrevious, SendMassEmailPrevious2. */
#include "services/soap/operation.h"

#include "db/campaign.h"

#include "services/soap/mass_email.h"
#include "services/soap/send_message.h"

int
__jango__SendMassEmail(struct soap *soap, struct _jango__SendMassEmail *request,
    struct _jango__SendMassEmailResponse *response)
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
	const struct mass_email_to to = {
	    request->ToGroups, request->ToGroupFilter, request->ToOther, request->ToWebDatabase};

	if (operation == NULL || !mass_email_to_check(soap, &to))
		return soap->error;
	return mass_email_send(soap, operation, send_message_compose(soap, operation, &given), &to,
	    &response->SendMassEmailResult);
}

/* The content of an earlier campaign; NULL: thrown. */
static struct composition *
previous_content(struct soap *soap, struct operation *operation, int32_t campaign_id)
{
	struct composition *content;
	struct error error;
	enum db_status status = campaign_content(
	    operation->database, operation->account_id, campaign_id, &content, &error);

	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (content == NULL)
		operation_throw_no_campaign(soap, campaign_id);
	return content;
}

int
__jango__SendMassEmailPrevious(struct soap *soap, struct _jango__SendMassEmailPrevious *request,
    struct _jango__SendMassEmailPreviousResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct mass_email_to to = {
	    request->ToGroups, request->ToGroupFilter, request->ToOther, request->ToWebDatabase};

	if (operation == NULL || !mass_email_to_check(soap, &to))
		return soap->error;
	return mass_email_send(soap, operation, previous_content(soap, operation, request->JobID),
	    &to, &response->SendMassEmailPreviousResult);
}

int
__jango__SendMassEmailPrevious2(struct soap *soap, struct _jango__SendMassEmailPrevious2 *request,
    struct _jango__SendMassEmailPrevious2Response *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct mass_email_to to = {
	    request->ToGroups, request->ToGroupFilter, request->ToOther, request->ToWebDatabase};
	struct composition *content;

	if (operation == NULL || !mass_email_to_check(soap, &to) ||
	    !send_message_options_check(soap, operation_text(request->Options)))
		return soap->error;
	content = previous_content(soap, operation, request->JobID);
	if (content != NULL) {
		g_free(content->options);
		content->options = g_strdup(operation_text(request->Options));
	}
	return mass_email_send(
	    soap, operation, content, &to, &response->SendMassEmailPrevious2Result);
}
