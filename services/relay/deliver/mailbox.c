#include "services/relay/deliver/mailbox.h"

#include <string.h>

#include <glib.h>
#include <idn2.h>

/* The @ before the domain; NULL when the local part or the @ is not there, or something that could
 * end the path is. */
static const char *
mailbox_find_at(const char *address)
{
	const char *at = NULL;
	bool is_quoted = false;

	for (const char *p = address; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return NULL;
		if (is_quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		else if (*p == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && strchr("<> ,;", *p) != NULL)
			return NULL;
		else if (!is_quoted && *p == '@')
			at = p;
	}
	return is_quoted || at == address ? NULL : at;
}

/* A domain or an address literal in ASCII: nothing but what those are made of. */
static bool
mailbox_domain_is_clean(const char *domain)
{
	static const char extra[] = "-._[]:";

	for (const char *p = domain; *p != '\0'; p++)
		if (!g_ascii_isalnum(*p) && strchr(extra, *p) == NULL)
			return false;
	return domain[0] != '\0' && domain[0] != '.' && strstr(domain, "..") == NULL;
}

/* In ASCII and lower case; NULL with a reason. g_free. */
static char *
mailbox_domain(const char *domain, struct error *error)
{
	char *ascii, *ours;
	int status;

	if (g_str_is_ascii(domain))
		ours = g_ascii_strdown(domain, -1);
	else {
		status = idn2_lookup_u8((const uint8_t *)domain, (uint8_t **)&ascii,
		    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
		if (status != IDN2_OK) {
			error_set(error, "%s is no domain name: %s", domain, idn2_strerror(status));
			return NULL;
		}
		ours = g_strdup(ascii);
		idn2_free(ascii);
	}
	if (!mailbox_domain_is_clean(ours)) {
		error_set(error, "%s is no domain name", domain);
		g_free(ours);
		return NULL;
	}
	return ours;
}

bool
mailbox_parse(const char *address, struct mailbox *mailbox, struct error *error)
{
	const char *at = mailbox_find_at(address);
	char *domain;
	int local_length;

	memset(mailbox, 0, sizeof(*mailbox));
	if (at == NULL || strlen(address) > MAILBOX_MAX || !g_utf8_validate(address, -1, NULL))
		return error_set(error, "not an e-mail address");
	domain = mailbox_domain(at + 1, error);
	if (domain == NULL)
		return false;
	local_length = (int)(at - address);
	mailbox->path = g_strdup_printf("%.*s@%s", local_length, address, domain);
	mailbox->domain = mailbox->path + local_length + 1;
	for (const char *p = address; p < at; p++)
		if (*p & 0x80)
			mailbox->is_utf8 = true;
	g_free(domain);
	return true;
}

void
mailbox_clear(struct mailbox *mailbox)
{
	g_free(mailbox->path);
	memset(mailbox, 0, sizeof(*mailbox));
}
