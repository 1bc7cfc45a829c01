/* CreateLocalDBProfile: known to clients, and not offered. */
#include "services/soap/operation.h"

int
__jango__CreateLocalDBProfile(struct soap *soap, struct _jango__CreateLocalDBProfile *request,
    struct _jango__CreateLocalDBProfileResponse *response)
{
	(void)response;
	if (operation_begin(soap, request->Username, request->Password) == NULL)
		return soap->error;
	return exception_throw(soap, EXCEPTION_NOT_SUPPORTED,
	    "There are no profiles of local databases; this server reads no database of yours.");
}
