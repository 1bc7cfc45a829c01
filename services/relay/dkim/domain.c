#include "services/relay/dkim/domain.h"

#include <string.h>

#include <idn2.h>

#include "db/dkim_key.h"
#include "services/relay/message/header_scan.h"

enum { DOMAIN_LABEL_MAX = 63 /* RFC 1035 2.3.4 */ };

static bool
domain_is_name(const char *domain)
{
	size_t label = 0;

	for (const char *at = domain; *at != '\0'; at++) {
		if (*at == '.' && label == 0)
			return false;
		if (*at != '.' && !g_ascii_isalnum(*at) && *at != '-' && *at != '_')
			return false;
		label = *at == '.' ? 0 : label + 1;
		if (label > DOMAIN_LABEL_MAX)
			return false;
	}
	return label > 0 && strlen(domain) <= DKIM_DOMAIN_MAX;
}

char *
dkim_domain_normalize(const char *text, struct error *error)
{
	uint8_t *ascii = NULL;
	char *domain;
	size_t length;

	if (g_str_is_ascii(text)) {
		domain = g_ascii_strdown(text, -1);
	} else {
		if (idn2_lookup_u8((const uint8_t *)text, &ascii,
			IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
			error_set(error, "\"%s\" is no domain name", text);
			return NULL;
		}
		domain = g_strdup((const char *)ascii);
		idn2_free(ascii);
	}
	length = strlen(domain);
	if (length > 0 && domain[length - 1] == '.')
		domain[length - 1] = '\0';
	if (domain_is_name(domain))
		return domain;
	g_free(domain);
	error_set(error, "\"%s\" is no domain name", text);
	return NULL;
}

/* Where the quoted string or the comment that starts at `at` ends: its last byte, or end - 1. */
static const char *
quoted_end(const char *at, const char *end)
{
	for (at++; at < end - 1 && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return MIN(at, end - 1);
}

static const char *
comment_end(const char *at, const char *end)
{
	unsigned depth = 1;

	for (at++; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '(')
			depth++;
		else if (*at == ')' && --depth == 0)
			return at;
	}
	return end - 1;
}

/*
 * RFC 5322 3.4, as far as the domain of the first mailbox asks for it: what follows the last @ outside quotes and
 * comments. A name of a group, a display name and a route come before it and start it anew. GMime reads more, and with it
 * every character set that a sender made up, for ever (message/header_text.h).
 */
static GString *
domain_read(const char *at, const char *end)
{
	GString *domain = g_string_new(NULL);
	bool is_domain = false, is_angle = false;

	for (; at < end; at++) {
		if (*at == '"') {
			at = quoted_end(at, end);
		} else if (*at == '(') {
			at = comment_end(at, end);
		} else if (*at == '@') {
			is_domain = true;
			g_string_truncate(domain, 0);
		} else if (*at == '<' || *at == ':') {
			is_angle |= *at == '<';
			is_domain = false;
			g_string_truncate(domain, 0);
		} else if (*at == '>' || ((*at == ',' || *at == ';') && !is_angle)) {
			if (domain->len > 0)
				break;
			is_domain = is_angle = false;
		} else if (is_domain && !g_ascii_isspace(*at)) {
			g_string_append_c(domain, *at);
		}
	}
	return domain;
}

char *
dkim_domain_of_author(const GString *head)
{
	struct header_scan scan = header_scan_start(head->str, head->len);
	struct header_field field;
	struct error error;
	GString *text;
	char *domain;

	do
		if (!header_scan_next(&scan, &field))
			return NULL;
	while (!header_field_is(&field, "From"));
	text = domain_read(field.value, field.value + field.value_length);
	domain = g_utf8_validate(text->str, (gssize)text->len, NULL)
	    ? dkim_domain_normalize(text->str, &error)
	    : NULL;
	g_string_free(text, TRUE);
	return domain;
}
