/*
 * ImportGroupMembersFromFile: the operator puts files where the account's import reads them, FOLDER/<account id>/<name>. A caller names
 * a file, never a path.
 */
#include "services/soap/members_import.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/soap/import_rows.h"
#include "services/soap/operation.h"

/* Open for reading, or -1: there is no such file of the account's. What is no regular file, or a link, is none. */
static int
file_open(const struct operation *operation, const char *name)
{
	char *folder =
	    g_strdup_printf("%s/%" PRId64, operation->import_folder, operation->account_id);
	int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file = -1;
	struct stat status;

	g_free(folder);
	if (at >= 0 && *name != '.' && strchr(name, '/') == NULL)
		file = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (at >= 0)
		close(at);
	if (file >= 0 && (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))) {
		close(file);
		file = -1;
	}
	return file;
}

/* The file's text; NULL: thrown. */
static GString *
import_text(struct soap *soap, const struct operation *operation, const char *name)
{
	struct exception_reason reason;
	int file = file_open(operation, name);
	GString *text = NULL;

	exception_reason_init(&reason);
	if (file >= 0) {
		text = import_file_read(file, &reason);
		close(file);
	}
	if (text == NULL && reason.sentence->len > 0)
		exception_reason_throw(soap, &reason);
	else if (text == NULL)
		exception_throw(soap, EXCEPTION_FILE_NOT_FOUND,
		    "There is no file \"%.255s\" in the import folder of the account.", name);
	exception_reason_clear(&reason);
	return text;
}

int
__jango__ImportGroupMembersFromFile(struct soap *soap,
    struct _jango__ImportGroupMembersFromFile *request,
    struct _jango__ImportGroupMembersFromFileResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct members_import import = {
	    .group_name = request->GroupName,
	    .field_names = request->FieldNames,
	    .column_delimiter = request->ColumnDelimiter,
	    .row_delimiter = request->RowDelimiter,
	    .text_qualifier = request->TextQualifier,
	};
	GString *text;

	if (operation == NULL)
		return soap->error;
	if (operation->import_folder == NULL)
		return exception_throw(soap, EXCEPTION_NOT_SUPPORTED,
		    "This server has no import folder (api.import_folder).");
	text = import_text(soap, operation, operation_trimmed(soap, request->FileName));
	if (text == NULL)
		return soap->error;
	import.data = text->str;
	members_import(soap, operation, &import, &response->ImportGroupMembersFromFileResult);
	g_string_free(text, TRUE);
	return soap->error;
}
