/* `bracemail suppression import FILE`: entries of an account's lists out of a CSV file. */
#ifndef SERVER_SUPPRESSION_FILE_H
#define SERVER_SUPPRESSION_FILE_H

#include "server/command_action.h"

/* The columns that export writes, and import reads. */
enum suppression_column {
	SUPPRESSION_COLUMN_ADDRESS,
	SUPPRESSION_COLUMN_KIND,
	SUPPRESSION_COLUMN_SMTP_CODE,
	SUPPRESSION_COLUMN_STATUS_CODE,
	SUPPRESSION_COLUMN_SINCE,
	SUPPRESSION_COLUMNS
};
extern const char *const suppression_column_names[SUPPRESSION_COLUMNS];

/* All rows are imported or none: the error names the first that are wrong. */
bool suppression_file_import(const struct command_call *call, struct error *error);

#endif
