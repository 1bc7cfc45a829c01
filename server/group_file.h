/* Members of an e-mail group out of a CSV file, and into one. */
#ifndef SERVER_GROUP_FILE_H
#define SERVER_GROUP_FILE_H

#include "server/command_action.h"

/* group import GROUP FILE: the first row names the columns; all rows are imported or none. FILE "-": standard input. */
bool group_file_import(const struct command_call *call, struct error *error);

/* group export GROUP, to standard output. */
bool group_file_export(const struct command_call *call, struct error *error);

#endif
