#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 2048, LOG_PROCESS_MAX = 32 };

static char log_process[LOG_PROCESS_MAX] = "bracemail";
static enum log_level log_least = LOG_LEVEL_INFO;

static const char *const log_level_names[] = {"debug", "info", "warning", "error"};

void
log_open(const char *process, enum log_level least)
{
	snprintf(log_process, sizeof(log_process), "%s", process);
	log_least = least;
}

/* A line stays a line: whatever a peer sent, control characters become '?'. */
static void
log_clean(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void
log_write(enum log_level level, const char *event, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	struct timeval now;
	struct tm utc;
	va_list arguments;
	size_t length, room;
	int written;

	if (level < log_least)
		return;
	gettimeofday(&now, NULL);
	gmtime_r(&now.tv_sec, &utc);
	length = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
	written = snprintf(line + length, sizeof(line) - length, ".%03dZ %s %s[%d] %s ",
	    (int)(now.tv_usec / 1000), log_level_names[level], log_process, (int)getpid(), event);
	length += (size_t)written;
	room = sizeof(line) - 1 - length;
	va_start(arguments, format);
	written = vsnprintf(line + length, room, format, arguments);
	va_end(arguments);
	if (written < 0)
		return;
	log_clean(line);
	length = strlen(line);
	line[length++] = '\n';
	/* One write: lines of several processes do not mix. A lost log line cannot be reported. */
	(void)!write(STDERR_FILENO, line, length);
}
