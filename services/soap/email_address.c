#include "services/soap/email_address.h"

#include <string.h>

#include <glib.h>

/* RFC 5322 3.2.3 atext, and any character that is not ASCII (RFC 6531 3.3). */
static bool
is_atext(unsigned char c)
{
	return g_ascii_isalnum(c) || c >= 0x80 ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Atoms with single dots between them. */
static bool
local_part_is_good(const char *local, size_t length)
{
	bool dot_allowed = false;

	for (size_t i = 0; i < length; i++) {
		if (local[i] == '.' ? !dot_allowed : !is_atext((unsigned char)local[i]))
			return false;
		dot_allowed = local[i] != '.';
	}
	return dot_allowed;
}

static bool
label_is_good(const char *label, size_t length)
{
	if (length == 0 || length > EMAIL_DOMAIN_LABEL_MAX || label[0] == '-' ||
	    label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)label[i];

		if (!g_ascii_isalnum(c) && c != '-' && c != '_' && c < 0x80)
			return false;
	}
	return true;
}

static bool
domain_is_good(const char *domain)
{
	for (;;) {
		size_t length = strcspn(domain, ".");

		if (!label_is_good(domain, length))
			return false;
		if (domain[length] == '\0')
			return true;
		domain += length + 1;
	}
}

bool
email_address_check(const char *address, struct error *error)
{
	const char *at = strrchr(address, '@');

	if (*address == '\0')
		return error_set(error, "is empty");
	if (strlen(address) > EMAIL_ADDRESS_MAX)
		return error_set(error, "is longer than %d bytes", EMAIL_ADDRESS_MAX);
	if (!g_utf8_validate(address, -1, NULL))
		return error_set(error, "is not UTF-8");
	for (const char *c = address; *c != '\0'; c = g_utf8_next_char(c)) {
		gunichar character = g_utf8_get_char(c);

		if (g_unichar_iscntrl(character) || g_unichar_isspace(character))
			return error_set(error, "has a space or a control character in it");
	}
	if (at == NULL)
		return error_set(error, "is no e-mail address: it has no @");
	if (at - address > EMAIL_LOCAL_PART_MAX)
		return error_set(
		    error, "has more than %d bytes before the @", EMAIL_LOCAL_PART_MAX);
	if (!local_part_is_good(address, (size_t)(at - address)))
		return error_set(error, "is no e-mail address: what is before the @ is wrong");
	if (!domain_is_good(at + 1))
		return error_set(error, "is no e-mail address: what is after the @ is wrong");
	return true;
}
