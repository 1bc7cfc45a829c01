#include "base/embedded.h"

#include <string.h>

const struct embedded_file *
embedded_file_find(const char *name)
{
	const struct embedded_file *file;

	for (file = embedded_files; file->name != NULL; file++)
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}
