/* SendMassEmailRaw: a campaign whose content comes as MIME. */
#include "services/soap/operation.h"

#include <string.h>

#include "services/soap/mass_email.h"
#include "services/soap/send_message.h"

enum { BOUNDARY_MAX = 70 /* RFC 2046 5.1.1 */ };

/* RFC 2046 5.1.1: bchars, the last of them no space. */
static bool
boundary_is_good(const char *boundary)
{
	static const char others[] = "'()+_,-./:=? ";
	size_t length = strlen(boundary);

	if (length == 0 || length > BOUNDARY_MAX || boundary[length - 1] == ' ')
		return false;
	for (; *boundary != '\0'; boundary++)
		if (!g_ascii_isalnum(*boundary) && strchr(others, *boundary) == NULL)
			return false;
	return true;
}

/* Whether a line is that delimiter. end: "" for a part's, "--" for the closing one. */
static bool
has_delimiter(const char *text, const char *boundary, const char *end)
{
	char *delimiter = g_strdup_printf("--%s%s", boundary, end);
	size_t length = strlen(delimiter);
	bool found = false;

	for (const char *at = text; !found && (at = strstr(at, delimiter)) != NULL; at++) {
		const char *rest = at + length;

		rest += strspn(rest, " \t");
		found = (at == text || at[-1] == '\n' || at[-1] == '\r') &&
		    (*rest == '\0' || *rest == '\n' || *rest == '\r');
	}
	g_free(delimiter);
	return found;
}

/* g_free; NULL: thrown. */
static char *
entity_of_parts(struct soap *soap, const char *raw, const char *boundary)
{
	const char *closing = has_delimiter(raw, boundary, "--") ? "" : boundary;

	if (!boundary_is_good(boundary)) {
		exception_throw(soap, EXCEPTION_INVALID_BOUNDARY,
		    "Boundary is 1 to %d letters, digits, or some of '()+_,-./:=? and space.",
		    BOUNDARY_MAX);
		return NULL;
	}
	if (!has_delimiter(raw, boundary, "")) {
		exception_throw(soap, EXCEPTION_INVALID_BOUNDARY,
		    "No line of RawMessage is --%s, which begins a part.", boundary);
		return NULL;
	}
	return g_strdup_printf("Content-Type: multipart/alternative; boundary=\"%s\"\n\n%s%s%s%s",
	    boundary, raw, *closing != '\0' ? "\n--" : "", closing, *closing != '\0' ? "--\n" : "");
}

/* Whether the text begins with header fields of MIME (RFC 2045 3): what else has a colon is text. */
static bool
begins_with_field(const char *text)
{
	static const char *const fields[] = {"Content-", "MIME-Version:"};

	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
		if (g_ascii_strncasecmp(text, fields[i], strlen(fields[i])) == 0)
			return true;
	return false;
}

/* g_free; NULL: thrown. */
static char *
raw_entity(struct soap *soap, const char *raw, const char *boundary)
{
	if (raw[strspn(raw, " \t\r\n")] == '\0') {
		exception_throw(soap, EXCEPTION_EMPTY_MESSAGE, "RawMessage is empty.");
		return NULL;
	}
	if (*boundary != '\0')
		return entity_of_parts(soap, raw, boundary);
	return g_strconcat(
	    begins_with_field(raw) ? "" : "Content-Type: text/plain; charset=utf-8\n\n", raw, NULL);
}

int
__jango__SendMassEmailRaw(struct soap *soap, struct _jango__SendMassEmailRaw *request,
    struct _jango__SendMassEmailRawResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct mass_email_to to = {
	    request->ToGroups, request->ToGroupFilter, request->ToOther, request->ToWebDatabase};
	struct send_message given = {
	    .from_email = request->FromEmail,
	    .from_name = request->FromName,
	    .subject = request->Subject,
	    .options = request->Options,
	};
	struct composition *composition = NULL;
	char *entity;

	if (operation == NULL || !mass_email_to_check(soap, &to))
		return soap->error;
	entity = raw_entity(
	    soap, operation_text(request->RawMessage), operation_trimmed(soap, request->Boundary));
	given.raw_message = entity;
	if (entity != NULL)
		composition = send_message_compose(soap, operation, &given);
	g_free(entity);
	return mass_email_send(
	    soap, operation, composition, &to, &response->SendMassEmailRawResult);
}
