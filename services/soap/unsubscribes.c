/* The unsubscribe list: AddUnsubscribe, CheckUnsubscribe, DeleteUnsubscribe, GetUnsubscribeList. */
#include "services/soap/suppression_list.h"

int
__jango__AddUnsubscribe(struct soap *soap, struct _jango__AddUnsubscribe *request,
    struct _jango__AddUnsubscribeResponse *response)
{
	const struct suppression_entry entry = {
	    SUPPRESSION_UNSUBSCRIBE, request->Username, request->Password, request->EmailAddress};

	return suppression_list_add(soap, &entry, &response->AddUnsubscribeResult);
}

int
__jango__CheckUnsubscribe(struct soap *soap, struct _jango__CheckUnsubscribe *request,
    struct _jango__CheckUnsubscribeResponse *response)
{
	const struct suppression_entry entry = {
	    SUPPRESSION_UNSUBSCRIBE, request->Username, request->Password, request->EmailAddress};

	return suppression_list_check(soap, &entry, &response->CheckUnsubscribeResult);
}

int
__jango__DeleteUnsubscribe(struct soap *soap, struct _jango__DeleteUnsubscribe *request,
    struct _jango__DeleteUnsubscribeResponse *response)
{
	const struct suppression_entry entry = {
	    SUPPRESSION_UNSUBSCRIBE, request->Username, request->Password, request->EmailAddress};

	return suppression_list_delete(soap, &entry, &response->DeleteUnsubscribeResult);
}

int
__jango__GetUnsubscribeList(struct soap *soap, struct _jango__GetUnsubscribeList *request,
    struct _jango__GetUnsubscribeListResponse *response)
{
	const struct suppression_query query = {SUPPRESSION_UNSUBSCRIBED, SUPPRESSION_LINE_ADDRESS,
	    request->Username, request->Password, request->Since};

	return suppression_list_read(soap, &query, &response->GetUnsubscribeListResult);
}
