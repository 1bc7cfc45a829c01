#include "services/relay/deliver/mta_sts_policy.h"

#include <assert.h>
#include <string.h>

enum { POLICY_AGE_DIGITS = 10, POLICY_HOST_MAX = 253, POLICY_LABEL_MAX = 63 };

static const char *const mode_names[] = {
    [MTA_STS_NONE] = "none", [MTA_STS_TESTING] = "testing", [MTA_STS_ENFORCE] = "enforce"};

const char *
mta_sts_mode_name(enum mta_sts_mode mode)
{
	return mode_names[mode];
}

bool
mta_sts_mode_read(const char *name, enum mta_sts_mode *mode)
{
	for (size_t i = 0; i < G_N_ELEMENTS(mode_names); i++)
		if (strcmp(mode_names[i], name) == 0) {
			*mode = (enum mta_sts_mode)i;
			return true;
		}
	return false;
}

struct mta_sts_policy *
mta_sts_policy_create(enum mta_sts_mode mode, unsigned max_age)
{
	struct mta_sts_policy *policy = g_new0(struct mta_sts_policy, 1);

	policy->references = 1;
	policy->mode = mode;
	policy->max_age = max_age;
	policy->patterns = g_ptr_array_new_with_free_func(g_free);
	return policy;
}

struct mta_sts_policy *
mta_sts_policy_ref(struct mta_sts_policy *policy)
{
	assert(policy->references > 0);
	policy->references++;
	return policy;
}

void
mta_sts_policy_unref(struct mta_sts_policy *policy)
{
	if (policy == NULL || --policy->references > 0)
		return;
	g_ptr_array_unref(policy->patterns);
	g_free(policy);
}

/* What the lines said; each field but mx counts once, the first time (RFC 8461 3.2). */
struct policy_fields {
	struct mta_sts_policy *policy;
	bool has_version, has_mode, has_max_age;
};

/* RFC 5321 2.3.5, with an underscore where some have one. */
static bool
host_is_name(const char *name)
{
	size_t label = 0;

	if (strlen(name) > POLICY_HOST_MAX)
		return false;
	for (; *name != '\0'; name++) {
		if (*name == '.' ? label == 0
				 : !g_ascii_isalnum(*name) && *name != '-' && *name != '_')
			return false;
		label = *name == '.' ? 0 : label + 1;
		if (label > POLICY_LABEL_MAX)
			return false;
	}
	return label > 0;
}

static bool
policy_read_version(struct policy_fields *fields, const char *value, struct error *error)
{
	fields->has_version = true;
	return strcmp(value, "STSv1") == 0 || error_set(error, "its version is not STSv1");
}

static bool
policy_read_mode(struct policy_fields *fields, const char *value, struct error *error)
{
	fields->has_mode = true;
	return mta_sts_mode_read(value, &fields->policy->mode) ||
	    error_set(error, "its mode is not enforce, testing or none");
}

static bool
policy_read_max_age(struct policy_fields *fields, const char *value, struct error *error)
{
	size_t digits = strspn(value, "0123456789");

	fields->has_max_age = true;
	if (digits == 0 || digits > POLICY_AGE_DIGITS || value[digits] != '\0')
		return error_set(error, "its max_age is no number of seconds");
	fields->policy->max_age = (unsigned)MIN(g_ascii_strtoull(value, NULL, 10), MTA_STS_AGE_MAX);
	return true;
}

static bool
policy_read_mx(struct policy_fields *fields, const char *value, struct error *error)
{
	if (!host_is_name(g_str_has_prefix(value, "*.") ? value + 2 : value))
		return error_set(error, "an mx of it is no host name");
	if (fields->policy->patterns->len >= MTA_STS_PATTERNS_MAX)
		return error_set(error, "it has more than %d mx", MTA_STS_PATTERNS_MAX);
	g_ptr_array_add(fields->policy->patterns, g_ascii_strdown(value, -1));
	return true;
}

/* line: without its end. Unknown fields are for others (RFC 8461 3.2). */
static bool
policy_read_line(struct policy_fields *fields, char *line, struct error *error)
{
	char *colon = strchr(line, ':'), *value;

	g_strchomp(line);
	if (line[0] == '\0')
		return true;
	if (colon == NULL || colon == line)
		return error_set(error, "a line of it has no key");
	*colon = '\0';
	value = g_strchug(colon + 1);
	if (strcmp(line, "mx") == 0)
		return policy_read_mx(fields, value, error);
	if (strcmp(line, "version") == 0)
		return fields->has_version || policy_read_version(fields, value, error);
	if (strcmp(line, "mode") == 0)
		return fields->has_mode || policy_read_mode(fields, value, error);
	if (strcmp(line, "max_age") == 0)
		return fields->has_max_age || policy_read_max_age(fields, value, error);
	return true;
}

static bool
policy_is_whole(const struct policy_fields *fields, struct error *error)
{
	if (!fields->has_version || !fields->has_mode || !fields->has_max_age)
		return error_set(error, "it lacks its %s",
		    !fields->has_version    ? "version"
			: !fields->has_mode ? "mode"
					    : "max_age");
	return fields->policy->mode == MTA_STS_NONE || fields->policy->patterns->len > 0 ||
	    error_set(error, "it names no mx");
}

struct mta_sts_policy *
mta_sts_policy_parse(const char *text, size_t length, struct error *error)
{
	struct policy_fields fields = {0};
	char **lines, *copy;
	bool good = true;

	if (length > MTA_STS_POLICY_BYTES || memchr(text, '\0', length) != NULL) {
		error_set(
		    error, length > MTA_STS_POLICY_BYTES ? "it is too large" : "it is no text");
		return NULL;
	}
	copy = g_strndup(text, length);
	lines = g_strsplit(copy, "\n", -1);
	g_free(copy);
	fields.policy = mta_sts_policy_create(MTA_STS_NONE, 0);
	for (char **line = lines; good && *line != NULL; line++)
		good = policy_read_line(&fields, *line, error);
	g_strfreev(lines);
	if (good && policy_is_whole(&fields, error))
		return fields.policy;
	mta_sts_policy_unref(fields.policy);
	return NULL;
}

/* RFC 8461 4.1: the star is one whole label. */
static bool
pattern_matches(const char *pattern, const char *host)
{
	const char *dot = strchr(host, '.');

	if (pattern[0] != '*')
		return strcmp(pattern, host) == 0;
	return dot != NULL && dot > host && strcmp(pattern + 1, dot) == 0;
}

bool
mta_sts_policy_allows(const struct mta_sts_policy *policy, const char *host)
{
	for (guint i = 0; i < policy->patterns->len; i++)
		if (pattern_matches(g_ptr_array_index(policy->patterns, i), host))
			return true;
	return false;
}

/* The strings of a record are one text (RFC 8461 3.1); NULL: they are cut short, or hold a NUL. */
static char *
record_text(const uint8_t *rdata, size_t length)
{
	GString *text = g_string_new(NULL);
	bool good = true;

	for (size_t at = 0; good && at < length; at += rdata[at] + 1U) {
		good = rdata[at] < length - at;
		if (good)
			g_string_append_len(text, (const char *)rdata + at + 1, rdata[at]);
	}
	if (!good || memchr(text->str, '\0', text->len) != NULL)
		return g_string_free(text, TRUE);
	return g_string_free(text, FALSE);
}

static bool
record_read_id(const char *value, char *id)
{
	size_t length = 0;

	while (g_ascii_isalnum(value[length]))
		length++;
	if (length == 0 || length > MTA_STS_ID_MAX || value[length] != '\0')
		return false;
	memcpy(id, value, length + 1);
	return true;
}

/* fields: what follows the version. */
static bool
record_read_fields(char **fields, char *id)
{
	bool has_id = false;

	for (; *fields != NULL; fields++) {
		const char *field = g_strstrip(*fields);

		if (field[0] == '\0' && fields[1] == NULL) /* one more ; at the end */
			break;
		if (strchr(field, '=') == NULL || field[0] == '=')
			return false;
		if (!has_id && g_str_has_prefix(field, "id=")) {
			has_id = true;
			if (!record_read_id(field + strlen("id="), id))
				return false;
		}
	}
	return has_id;
}

enum mta_sts_record
mta_sts_text_parse(const char *text, char *id)
{
	g_auto(GStrv) fields = g_strsplit(text, ";", -1);

	/* RFC 8461 3.1: records that do not begin with the version are discarded. */
	if (fields[0] == NULL || fields[1] == NULL || strcmp(g_strchomp(fields[0]), "v=STSv1") != 0)
		return MTA_STS_RECORD_OTHER;
	return record_read_fields(fields + 1, id) ? MTA_STS_RECORD_GOOD : MTA_STS_RECORD_BROKEN;
}

enum mta_sts_record
mta_sts_record_parse(const void *rdata, size_t length, char *id)
{
	g_autofree char *text = record_text(rdata, length);

	return text != NULL ? mta_sts_text_parse(text, id) : MTA_STS_RECORD_OTHER;
}
