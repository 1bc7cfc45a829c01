#include "services/relay/message/header_scan.h"

#include <string.h>
#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct header_scan
header_scan_start(const char *head, size_t length)
{
	return (struct header_scan){.at = head, .end = head + length};
}

/* The first byte after the line that starts at `at`. */
static const char *
line_end(const char *at, const char *end)
{
	const char *feed = memchr(at, '\n', (size_t)(end - at));

	return feed != NULL ? feed + 1 : end;
}

/* The colon that ends the field's name, or NULL. name_length: without blanks before the colon. */
static const char *
name_read(const char *at, const char *end, size_t *name_length)
{
	const char *name = at;

	/* RFC 5322 2.2: printable US-ASCII but the colon. */
	while (at<end && * at> ' ' && *at < '\x7f' && *at != ':')
		at++;
	*name_length = (size_t)(at - name);
	while (at < end && is_blank(*at))
		at++;
	return *name_length > 0 && at < end && *at == ':' ? at : NULL;
}

bool
header_scan_next(struct header_scan *scan, struct header_field *field)
{
	const char *colon;
	const char *next;
	const char *value_end;

	if (scan->at == scan->end)
		return false;
	next = line_end(scan->at, scan->end);
	while (next < scan->end && is_blank(*next))
		next = line_end(next, scan->end);

	value_end = next;
	if (value_end > scan->at && value_end[-1] == '\n')
		value_end--;
	if (value_end > scan->at && value_end[-1] == '\r')
		value_end--;

	field->raw = field->name = scan->at;
	field->raw_length = (size_t)(next - scan->at);
	colon = name_read(scan->at, value_end, &field->name_length);
	if (colon == NULL)
		field->name_length = 0;
	field->value = colon != NULL ? colon + 1 : scan->at;
	field->value_length = (size_t)(value_end - field->value);
	scan->at = next;
	return true;
}

bool
header_field_is(const struct header_field *field, const char *name)
{
	return field->name_length == strlen(name) &&
	    strncasecmp(field->name, name, field->name_length) == 0;
}
