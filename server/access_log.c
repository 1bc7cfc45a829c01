#include "server/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/unsubscribe_link.h"

enum { ACCESS_TEXT_MAX = 200, /* bytes of one value */ ACCESS_MODE = 0600 };

struct access_log {
	int file; /* -1: the process's log */
	bool has_failed;
};

struct access_log *
access_log_open(const char *path, struct error *error)
{
	struct access_log *log = g_new0(struct access_log, 1);

	log->file = -1;
	if (strcmp(path, ACCESS_LOG_PROCESS) == 0)
		return log;
	log->file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, ACCESS_MODE);
	if (log->file >= 0)
		return log;
	error_set(error, "cannot write the access log %s: %s", path, strerror(errno));
	g_free(log);
	return NULL;
}

void
access_log_close(struct access_log *log)
{
	if (log == NULL)
		return;
	if (log->file >= 0)
		close(log->file);
	g_free(log);
}

/* One value: printable ASCII as it is, the rest, quotes, backslashes and what stands between values as \xHH. */
static void
value_append(GString *line, const char *key, const char *text, size_t length)
{
	g_string_append_printf(line, " %s=", key);
	if (length == 0)
		g_string_append_c(line, '-');
	for (size_t i = 0; i < MIN(length, ACCESS_TEXT_MAX); i++) {
		unsigned char c = (unsigned char)text[i];

		if (c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=')
			g_string_append_c(line, (char)c);
		else
			g_string_append_printf(line, "\\x%02X", c);
	}
	if (length > ACCESS_TEXT_MAX)
		g_string_append(line, "...");
}

static void
text_append(GString *line, const char *key, const char *text)
{
	value_append(line, key, text, text != NULL ? strlen(text) : 0);
}

/* Up to where parameters may begin, also those of who encoded the question mark twice. A link's token is a secret, too. */
static size_t
path_shown(const char *path)
{
	const char *encoded = strcasestr(path, "%3F");
	size_t length = strcspn(path, "?#;&=@");

	if (encoded != NULL)
		length = MIN(length, (size_t)(encoded - path));
	if (strncmp(path, UNSUBSCRIBE_LINK_PATH, strlen(UNSUBSCRIBE_LINK_PATH)) == 0)
		return strlen(UNSUBSCRIBE_LINK_PATH);
	return length;
}

static GString *
entry_format(const struct access_entry *entry)
{
	GString *line = g_string_new(NULL);
	const char *path = entry->path != NULL ? entry->path : "";

	text_append(line, "client", entry->client);
	text_append(line, "method", entry->method);
	value_append(line, "path", path, path_shown(path));
	text_append(line, "operation", entry->operation);
	text_append(line, "account", entry->account);
	g_string_append_printf(line, " status=%d bytes=%zu ms=%" G_GINT64_FORMAT, entry->status,
	    entry->bytes, entry->milliseconds);
	text_append(line, "fault", entry->fault);
	return line;
}

static void
file_write(struct access_log *log, const GString *entry)
{
	char time[CLOCK_ISO_SIZE];
	char *line = g_strdup_printf("%s%s\n", clock_iso(clock_now(), time), entry->str);
	/* One write: lines of a predecessor that drains do not mix with these. */
	bool failed = write(log->file, line, strlen(line)) < 0;

	if (failed && !log->has_failed)
		log_warning("access-log-failed", "reason=\"%s\"", strerror(errno));
	log->has_failed = failed;
	g_free(line);
}

static const char *
text_or_dash(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : "-";
}

static void
process_write(const struct access_entry *entry)
{
	const char *path = entry->path != NULL ? entry->path : "";

	log_info("api-access",
	    "client=%.*s method=%.*s path=%.*s operation=%.*s account=%.*s status=%d bytes=%zu "
	    "ms=%" PRId64 " fault=%.*s",
	    ACCESS_TEXT_MAX, text_or_dash(entry->client), ACCESS_TEXT_MAX,
	    text_or_dash(entry->method), (int)MIN(path_shown(path), ACCESS_TEXT_MAX), path,
	    ACCESS_TEXT_MAX, text_or_dash(entry->operation), ACCESS_TEXT_MAX,
	    text_or_dash(entry->account), entry->status, entry->bytes, entry->milliseconds,
	    ACCESS_TEXT_MAX, text_or_dash(entry->fault));
}

void
access_log_write(struct access_log *log, const struct access_entry *entry)
{
	GString *line;

	if (log == NULL)
		return;
	if (log->file < 0) {
		process_write(entry);
		return;
	}
	line = entry_format(entry);
	file_write(log, line);
	g_string_free(line, TRUE);
}
