/* AuthenticateUser. */
#include "services/soap/operation.h"

int
__jango__AuthenticateUser(struct soap *soap, struct _jango__AuthenticateUser *request,
    struct _jango__AuthenticateUserResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);

	if (operation == NULL)
		return soap->error;
	return operation_succeed(soap, &response->AuthenticateUserResult, operation->account_id);
}
