/* The keys of the configuration file: their types, defaults and ranges, checked where they stand. */
#ifndef SERVER_CONFIG_PARSE_H
#define SERVER_CONFIG_PARSE_H

#include <confuse.h>
#include <glib.h>

#include "server/config.h"

/*
 * Parses the file (NULL: none) over the defaults of the profile. Values that are wrong by themselves and unknown keys
 * become lines in problems. Returns what was read, for cfg_free(); with problems it may be incomplete.
 */
cfg_t *config_parse(const char *path, enum config_profile profile, GPtrArray *problems);

/* Adds "path:line: text" (line 0: "path: text"). */
void config_problem(GPtrArray *problems, const char *path, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
