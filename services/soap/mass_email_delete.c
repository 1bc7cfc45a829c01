/* DeleteMassEmail. */
#include "services/soap/operation.h"

#include "db/campaign.h"

int
__jango__DeleteMassEmail(struct soap *soap, struct _jango__DeleteMassEmail *request,
    struct _jango__DeleteMassEmailResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	status = campaign_delete(
	    operation->database, operation->account_id, request->JobID, &found, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return operation_throw_no_campaign(soap, request->JobID);
	return operation_succeed(soap, &response->DeleteMassEmailResult, request->JobID);
}
