/*
 * Addresses that callers of the API give: RFC 5321's Mailbox without quoted local parts, with UTF-8 as RFC 6531
 * extends it. The relay, which takes what SMTP clients send, has its own, wider parser.
 */
#ifndef SERVICES_SOAP_EMAIL_ADDRESS_H
#define SERVICES_SOAP_EMAIL_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"

enum {
	EMAIL_ADDRESS_MAX = 254,    /* bytes; RFC 5321 4.5.3.1.3, less the angle brackets */
	EMAIL_LOCAL_PART_MAX = 64,  /* RFC 5321 4.5.3.1.1 */
	EMAIL_DOMAIN_LABEL_MAX = 63 /* RFC 1035 2.3.4 */
};

/* error: what is wrong with it, as the end of a sentence ("has no @"). */
bool email_address_check(const char *address, struct error *error);

#endif
