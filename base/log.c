#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_line.h"

enum { LOG_PROCESS_MAX = 32 };

static char log_process[LOG_PROCESS_MAX] = "bracemail";
static enum log_level log_least = LOG_LEVEL_INFO;
static enum log_format log_format = LOG_FORMAT_PAIRS;

static const char *const log_level_names[] = {"debug", "info", "warning", "error"};

void
log_open(const char *process, enum log_level least)
{
	snprintf(log_process, sizeof(log_process), "%s", process);
	log_least = least;
}

void
log_set_format(enum log_format format)
{
	log_format = format;
}

static void
log_add_process(struct log_line *line)
{
	char process[LOG_PROCESS_MAX + sizeof("[2147483647]")];

	if (line->format == LOG_FORMAT_JSON) {
		log_line_add_text(line, "process", log_process);
		log_add(line, "pid=%d", (int)getpid());
		return;
	}
	snprintf(process, sizeof(process), "%s[%d]", log_process, (int)getpid());
	log_line_add_bare(line, "process", process);
}

bool
log_begin(struct log_line *line, enum log_level level, const char *event)
{
	char time[CLOCK_ISO_SIZE];

	if (level < log_least)
		return false;
	log_line_begin(line, log_format);
	log_line_add_bare(line, "time", clock_iso(clock_now(), time));
	log_line_add_bare(line, "level", log_level_names[level]);
	log_add_process(line);
	log_line_add_bare(line, "event", event);
	return true;
}

void
log_add(struct log_line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line_add_format(line, format, arguments);
	va_end(arguments);
}

void
log_end(struct log_line *line)
{
	log_line_end(line);
	/* One write: lines of several processes do not mix. A lost log line cannot be reported. */
	(void)!write(STDERR_FILENO, line->bytes, line->length);
}

void
log_write(enum log_level level, const char *event, const char *format, ...)
{
	struct log_line line;
	va_list arguments;

	if (!log_begin(&line, level, event))
		return;
	va_start(arguments, format);
	log_line_add_format(&line, format, arguments);
	va_end(arguments);
	log_end(&line);
}
