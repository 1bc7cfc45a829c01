#include "services/relay/check/spf_macro.h"

#include <arpa/inet.h>
#include <string.h>

static const char delimiters[] = ".-+,/_=";

/* %{letter digits r delimiters} */
struct macro {
	char letter;
	unsigned labels; /* that are kept, from the right; 0: all */
	bool is_reversed;
	char cut_at[sizeof(delimiters)];
	size_t length; /* of the text, from % to } */
};

/* Reads the macro that text begins with, "%{". */
static bool
macro_read(const char *text, struct macro *macro)
{
	const char *at = text + strlen("%{");
	size_t cuts;

	memset(macro, 0, sizeof(*macro));
	macro->letter = g_ascii_tolower(*at);
	if (macro->letter == '\0' || strchr("slodiphv", macro->letter) == NULL)
		return false;
	at++;
	if (g_ascii_isdigit(*at)) {
		for (; g_ascii_isdigit(*at); at++)
			macro->labels =
			    MIN(macro->labels * 10 + (unsigned)(*at - '0'), SPF_MACRO_NAME_MAX);
		if (macro->labels == 0)
			return false;
	}
	if (*at == 'r' || *at == 'R') {
		macro->is_reversed = true;
		at++;
	}
	cuts = strspn(at, delimiters);
	if (at[cuts] != '}')
		return false;
	/* One that stands twice means no more. */
	for (size_t i = 0; i < cuts; i++)
		if (strchr(macro->cut_at, at[i]) == NULL)
			macro->cut_at[strlen(macro->cut_at)] = at[i];
	macro->length = (size_t)(at + cuts + 1 - text);
	return true;
}

/* The length of the piece that text begins with: a macro, an escape, or one character; 0: it is none. */
static size_t
piece_length(const char *text)
{
	struct macro macro;

	if (text[0] != '%')
		return text[0] > ' ' && text[0] < 0x7f;
	if (text[1] == '{')
		return macro_read(text, &macro) ? macro.length : 0;
	return text[1] == '%' || text[1] == '_' || text[1] == '-' ? 2 : 0;
}

bool
spf_macro_is_text(const char *text)
{
	size_t length;

	for (; *text != '\0'; text += length) {
		length = piece_length(text);
		if (length == 0)
			return false;
	}
	return true;
}

/* RFC 7208 7.1: toplabel */
static bool
is_top_label(const char *label, size_t length)
{
	bool has_letter = false;

	for (size_t i = 0; i < length; i++) {
		if (!g_ascii_isalnum(label[i]) && label[i] != '-')
			return false;
		has_letter = has_letter || !g_ascii_isdigit(label[i]);
	}
	return has_letter && label[0] != '-' && label[length - 1] != '-';
}

bool
spf_macro_is_domain(const char *text)
{
	size_t length = strlen(text), label;
	bool ends_in_macro = false;

	if (!spf_macro_is_text(text) || length == 0)
		return false;
	for (const char *at = text; *at != '\0'; at += piece_length(at))
		ends_in_macro = at[0] == '%' && at[piece_length(at)] == '\0';
	if (ends_in_macro)
		return text[length - 1] == '}';
	if (text[length - 1] == '.')
		length--;
	for (label = length; label > 0 && text[label - 1] != '.';)
		label--;
	return label > 0 && is_top_label(text + label, length - label);
}

/* RFC 7208 7.3: an IPv6 address as its 32 nibbles. */
static char *
address_macro(const char *address)
{
	GString *nibbles = g_string_new(NULL);
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET6, address, bytes) != 1)
		g_string_append(nibbles, address);
	else
		for (size_t i = 0; i < sizeof(bytes); i++)
			g_string_append_printf(
			    nibbles, "%s%x.%x", i > 0 ? "." : "", bytes[i] >> 4U, bytes[i] & 0xfU);
	return g_string_free(nibbles, FALSE);
}

/* g_free */
static char *
macro_value(char letter, const struct spf_macro_values *values)
{
	switch (letter) {
	case 's':
		return g_strconcat(values->local_part, "@", values->sender_domain, NULL);
	case 'l':
		return g_strdup(values->local_part);
	case 'o':
		return g_strdup(values->sender_domain);
	case 'd':
		return g_strdup(values->domain);
	case 'i':
		return address_macro(values->address);
	case 'v':
		return g_strdup(strchr(values->address, ':') != NULL ? "ip6" : "in-addr");
	case 'h':
		return g_strdup(values->helo);
	default:
		return g_strdup("unknown");
	}
}

static void
reverse(char **parts)
{
	for (size_t left = 0, right = g_strv_length(parts); left + 1 < right; left++, right--) {
		char *part = parts[left];

		parts[left] = parts[right - 1];
		parts[right - 1] = part;
	}
}

static void
append_macro(GString *expanded, const struct macro *macro, const struct spf_macro_values *values)
{
	g_autofree char *value = macro_value(macro->letter, values);
	g_auto(GStrv) parts =
	    g_strsplit_set(value, macro->cut_at[0] != '\0' ? macro->cut_at : ".", -1);
	size_t count = g_strv_length(parts);
	g_autofree char *joined = NULL;

	if (macro->is_reversed)
		reverse(parts);
	joined = g_strjoinv(
	    ".", parts + (macro->labels > 0 && macro->labels < count ? count - macro->labels : 0));
	g_string_append(expanded, joined);
}

static void
append_piece(GString *expanded, const char *text, const struct spf_macro_values *values)
{
	struct macro macro;

	if (text[0] != '%')
		g_string_append_c(expanded, text[0]);
	else if (text[1] == '{' && macro_read(text, &macro))
		append_macro(expanded, &macro, values);
	else
		g_string_append(expanded, text[1] == '%' ? "%" : text[1] == '_' ? " " : "%20");
}

char *
spf_macro_expand(const char *text, const struct spf_macro_values *values)
{
	GString *expanded = g_string_new(NULL);

	for (; *text != '\0'; text += piece_length(text))
		append_piece(expanded, text, values);
	if (expanded->len > 0 && expanded->str[expanded->len - 1] == '.')
		g_string_truncate(expanded, expanded->len - 1);
	while (expanded->len > SPF_MACRO_NAME_MAX) {
		const char *dot = strchr(expanded->str, '.');

		g_string_erase(expanded, 0, dot != NULL ? dot + 1 - expanded->str : -1);
	}
	return g_string_free(expanded, FALSE);
}
