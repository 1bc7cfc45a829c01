/* The bounce list: AddBounce, CheckBounce, DeleteBounce, and the six GetBounceList operations. */
#include "services/soap/suppression_list.h"

int
__jango__AddBounce(struct soap *soap, struct _jango__AddBounce *request,
    struct _jango__AddBounceResponse *response)
{
	const struct suppression_entry entry = {
	    SUPPRESSION_BOUNCE, request->Username, request->Password, request->EmailAddress};

	return suppression_list_add(soap, &entry, &response->AddBounceResult);
}

int
__jango__CheckBounce(struct soap *soap, struct _jango__CheckBounce *request,
    struct _jango__CheckBounceResponse *response)
{
	const struct suppression_entry entry = {
	    SUPPRESSION_BOUNCE, request->Username, request->Password, request->EmailAddress};

	return suppression_list_check(soap, &entry, &response->CheckBounceResult);
}

int
__jango__DeleteBounce(struct soap *soap, struct _jango__DeleteBounce *request,
    struct _jango__DeleteBounceResponse *response)
{
	const struct suppression_entry entry = {
	    SUPPRESSION_BOUNCE, request->Username, request->Password, request->EmailAddress};

	return suppression_list_delete(soap, &entry, &response->DeleteBounceResult);
}

int
__jango__GetBounceListNormal(struct soap *soap, struct _jango__GetBounceListNormal *request,
    struct _jango__GetBounceListNormalResponse *response)
{
	const struct suppression_query query = {SUPPRESSION_BOUNCED, SUPPRESSION_LINE_ADDRESS,
	    request->Username, request->Password, request->Since};

	return suppression_list_read(soap, &query, &response->GetBounceListNormalResult);
}

int
__jango__GetBounceListNormal2(struct soap *soap, struct _jango__GetBounceListNormal2 *request,
    struct _jango__GetBounceListNormal2Response *response)
{
	const struct suppression_query query = {SUPPRESSION_BOUNCED, SUPPRESSION_LINE_CODES,
	    request->Username, request->Password, request->Since};

	return suppression_list_read(soap, &query, &response->GetBounceListNormal2Result);
}

int
__jango__GetBounceListNormal_IncludePast(struct soap *soap,
    struct _jango__GetBounceListNormal_IncludePast *request,
    struct _jango__GetBounceListNormal_IncludePastResponse *response)
{
	const struct suppression_query query = {SUPPRESSION_BOUNCED_AGAIN, SUPPRESSION_LINE_ADDRESS,
	    request->Username, request->Password, request->Since};

	return suppression_list_read(
	    soap, &query, &response->GetBounceListNormal_IncludePastResult);
}

int
__jango__GetBounceListNormal_IncludePast2(struct soap *soap,
    struct _jango__GetBounceListNormal_IncludePast2 *request,
    struct _jango__GetBounceListNormal_IncludePast2Response *response)
{
	const struct suppression_query query = {SUPPRESSION_BOUNCED_AGAIN, SUPPRESSION_LINE_CODES,
	    request->Username, request->Password, request->Since};

	return suppression_list_read(
	    soap, &query, &response->GetBounceListNormal_IncludePast2Result);
}

int
__jango__GetBounceListAll(struct soap *soap, struct _jango__GetBounceListAll *request,
    struct _jango__GetBounceListAllResponse *response)
{
	const struct suppression_query query = {SUPPRESSION_BOUNCED_EVER, SUPPRESSION_LINE_ADDRESS,
	    request->Username, request->Password, request->Since};

	return suppression_list_read(soap, &query, &response->GetBounceListAllResult);
}

int
__jango__GetBounceListAll2(struct soap *soap, struct _jango__GetBounceListAll2 *request,
    struct _jango__GetBounceListAll2Response *response)
{
	const struct suppression_query query = {SUPPRESSION_BOUNCED_EVER, SUPPRESSION_LINE_CODES,
	    request->Username, request->Password, request->Since};

	return suppression_list_read(soap, &query, &response->GetBounceListAll2Result);
}
