#include "server/time_options.h"

#include "services/soap/date_parameter.h"

static enum command_exit
time_read(const struct command *command, const char *option, const char *text, int64_t *when,
    bool *is_day)
{
	if (date_parameter_parse(text, when, is_day))
		return COMMAND_DONE;
	return command_usage_error(command,
	    "%s takes a date or time of UTC such as 2026-03-19 or 2026-03-19T14:05:00Z, not \"%s\"",
	    option, text);
}

enum command_exit
time_options_read(const struct command *command, const struct command_options *options,
    int64_t *begin, int64_t *end)
{
	bool is_day;

	*begin = 0;
	*end = INT64_MAX;
	if (options->since != NULL) {
		if (time_read(command, "--since", options->since, begin, &is_day) != COMMAND_DONE)
			return COMMAND_USAGE;
		*begin = MAX(*begin, 0);
	}
	if (options->until != NULL) {
		if (time_read(command, "--until", options->until, end, &is_day) != COMMAND_DONE)
			return COMMAND_USAGE;
		*end = date_parameter_end(*end, is_day);
	}
	if (*begin >= *end)
		return command_usage_error(
		    command, "--until is before --since: nothing is between them");
	return COMMAND_DONE;
}
