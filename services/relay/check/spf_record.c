#include "services/relay/check/spf_record.h"

#include <arpa/inet.h>
#include <string.h>

#include "services/relay/check/spf_macro.h"

enum { IP4_BITS = 32, IP6_BITS = 128, TERM_SHOWN = 100 };

/* What may follow a mechanism's name, RFC 7208 5. */
enum spf_argument {
	ARGUMENT_NONE,
	ARGUMENT_DOMAIN,
	ARGUMENT_DOMAIN_OR_NOT,
	ARGUMENT_HOSTS,
	ARGUMENT_NETWORK
};

static const struct {
	const char *name;
	enum spf_argument argument;
} mechanisms[] = {
    [SPF_ALL] = {"all", ARGUMENT_NONE},
    [SPF_INCLUDE] = {"include", ARGUMENT_DOMAIN},
    [SPF_A] = {"a", ARGUMENT_HOSTS},
    [SPF_MX] = {"mx", ARGUMENT_HOSTS},
    [SPF_PTR] = {"ptr", ARGUMENT_DOMAIN_OR_NOT},
    [SPF_IP4] = {"ip4", ARGUMENT_NETWORK},
    [SPF_IP6] = {"ip6", ARGUMENT_NETWORK},
    [SPF_EXISTS] = {"exists", ARGUMENT_DOMAIN},
};

static void
term_free(void *data)
{
	struct spf_term *term = data;

	g_free(term->domain);
	g_free(term);
}

void
spf_record_free(struct spf_record *record)
{
	if (record == NULL)
		return;
	g_ptr_array_unref(record->terms);
	g_free(record->redirect);
	g_free(record);
}

/* "24", without zeros before it (RFC 7208 5.6, 12). */
static bool
read_bits(const char *text, size_t length, unsigned most, unsigned *bits)
{
	unsigned value = 0;

	if (length == 0 || length > 3 || (text[0] == '0' && length > 1))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!g_ascii_isdigit(text[i]))
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*bits = value;
	return value <= most;
}

/* "/24", "//64", "/24//64", or nothing. */
static bool
read_dual_bits(const char *text, struct spf_term *term)
{
	const char *two = strstr(text, "//");
	size_t first = two != NULL ? (size_t)(two - text) : strlen(text);

	term->ip4_bits = IP4_BITS;
	term->ip6_bits = IP6_BITS;
	if (first > 0 && !read_bits(text + 1, first - 1, IP4_BITS, &term->ip4_bits))
		return false;
	return two == NULL || read_bits(two + 2, strlen(two + 2), IP6_BITS, &term->ip6_bits);
}

/* The first slash that is not within a macro, or the end. */
static const char *
find_slash(const char *text)
{
	for (; *text != '\0' && *text != '/'; text++)
		if (text[0] == '%' && text[1] == '{') {
			const char *end = strchr(text, '}');

			if (end == NULL)
				return text + strlen(text);
			text = end;
		}
	return text;
}

static bool
read_domain(const char *text, size_t length, char **domain)
{
	*domain = g_strndup(text, length);
	return spf_macro_is_domain(*domain);
}

/* rest: from the colon or the slash on. */
static bool
read_hosts(struct spf_term *term, const char *rest)
{
	const char *slash = find_slash(rest);

	return (rest[0] != ':'
		       ? slash == rest
		       : read_domain(rest + 1, (size_t)(slash - rest) - 1, &term->domain)) &&
	    read_dual_bits(slash, term);
}

/* text: "192.0.2.0/24" */
static bool
read_network(struct spf_term *term, const char *text)
{
	int family = term->mechanism == SPF_IP4 ? AF_INET : AF_INET6;
	const char *slash = strchr(text, '/');
	g_autofree char *address =
	    slash != NULL ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
	unsigned char bytes[sizeof(struct in6_addr)];
	unsigned bits;

	return inet_pton(family, address, bytes) == 1 &&
	    (slash == NULL ||
		read_bits(slash + 1, strlen(slash + 1), family == AF_INET ? IP4_BITS : IP6_BITS,
		    &bits)) &&
	    network_parse(text, &term->network);
}

/* rest: what follows the name of the mechanism. */
static bool
read_argument(struct spf_term *term, const char *rest)
{
	switch (mechanisms[term->mechanism].argument) {
	case ARGUMENT_NONE:
		return rest[0] == '\0';
	case ARGUMENT_DOMAIN_OR_NOT:
		return rest[0] == '\0' ||
		    (rest[0] == ':' && read_domain(rest + 1, strlen(rest + 1), &term->domain));
	case ARGUMENT_DOMAIN:
		return rest[0] == ':' && read_domain(rest + 1, strlen(rest + 1), &term->domain);
	case ARGUMENT_HOSTS:
		return read_hosts(term, rest);
	case ARGUMENT_NETWORK:
		return rest[0] == ':' && read_network(term, rest + 1);
	}
	return false;
}

static bool
read_mechanism(struct spf_record *record, const char *text)
{
	static const char qualifiers[] = {
	    [SPF_PASS] = '+', [SPF_FAIL] = '-', [SPF_SOFTFAIL] = '~', [SPF_NEUTRAL] = '?'};
	const char *qualifier = memchr(qualifiers, text[0], sizeof(qualifiers));
	const char *name = qualifier != NULL ? text + 1 : text;
	size_t length = strcspn(name, ":/");
	struct spf_term *term;

	for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++) {
		if (strlen(mechanisms[i].name) != length ||
		    g_ascii_strncasecmp(mechanisms[i].name, name, length) != 0)
			continue;
		term = g_new0(struct spf_term, 1);
		g_ptr_array_add(record->terms, term);
		term->mechanism = (enum spf_mechanism)i;
		term->qualifier =
		    qualifier != NULL ? (enum spf_qualifier)(qualifier - qualifiers) : SPF_PASS;
		return read_argument(term, name + length);
	}
	return false;
}

/* RFC 7208 6: name = *( ALPHA DIGIT - _ . ), beginning with a letter. */
static bool
is_modifier(const char *text)
{
	size_t length = 0;

	if (!g_ascii_isalpha(text[0]))
		return false;
	while (
	    g_ascii_isalnum(text[length]) || (text[length] != '\0' && strchr("-_.", text[length])))
		length++;
	return text[length] == '=';
}

/* has_explanation: whether there was an exp=, which says nothing to us. */
static bool
read_modifier(struct spf_record *record, const char *text, bool *has_explanation)
{
	const char *value = strchr(text, '=') + 1;
	size_t length = (size_t)(value - text) - 1;

	if (length == strlen("redirect") && g_ascii_strncasecmp(text, "redirect", length) == 0)
		return record->redirect == NULL &&
		    read_domain(value, strlen(value), &record->redirect);
	if (length == strlen("exp") && g_ascii_strncasecmp(text, "exp", length) == 0) {
		if (*has_explanation)
			return false;
		*has_explanation = true;
		return spf_macro_is_domain(value);
	}
	return spf_macro_is_text(value);
}

struct spf_record *
spf_record_parse(const char *text, struct error *error)
{
	struct spf_record *record = g_new0(struct spf_record, 1);
	g_auto(GStrv) words = g_strsplit(text, " ", SPF_RECORD_TERMS_MAX + 2);
	bool is_good = g_strv_length(words) <= SPF_RECORD_TERMS_MAX + 1, has_explanation = false;

	record->terms = g_ptr_array_new_with_free_func(term_free);
	if (!is_good)
		error_set(error, "it has more than %d terms", SPF_RECORD_TERMS_MAX);
	/* The first is the version. */
	for (char **word = words + (words[0] != NULL); is_good && *word != NULL; word++) {
		if (**word == '\0')
			continue;
		is_good = is_modifier(*word) ? read_modifier(record, *word, &has_explanation)
					     : read_mechanism(record, *word);
		if (!is_good)
			error_set(error, "\"%.*s\" cannot be understood", TERM_SHOWN, *word);
	}
	if (is_good)
		return record;
	spf_record_free(record);
	return NULL;
}
