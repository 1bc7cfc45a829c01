/* --since and --until: dates or times of UTC, the ones that the API takes (services/soap/date_parameter.h). */
#ifndef SERVER_TIME_OPTIONS_H
#define SERVER_TIME_OPTIONS_H

#include "server/command.h"

/* begin: inclusive, 0 without --since; end: exclusive, INT64_MAX without --until; microseconds. COMMAND_DONE, or what
 * command_usage_error() returned. */
enum command_exit time_options_read(const struct command *command,
    const struct command_options *options, int64_t *begin, int64_t *end);

#endif
