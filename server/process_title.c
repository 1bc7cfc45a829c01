#include "server/process_title.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

/* One piece of memory for all of this process's words (Linux lays them out so). */
static char *title;
static size_t title_size;

void
process_title_prepare(int argc, char **argv)
{
	char *end;

	if (argc == 0)
		return;
	title = argv[0];
	end = argv[0] + strlen(argv[0]) + 1;
	for (int i = 1; i < argc && argv[i] == end; i++)
		end += strlen(argv[i]) + 1;
	title_size = (size_t)(end - title);
}

void
process_title_set(const char *name)
{
	prctl(PR_SET_NAME, name);
	if (title == NULL)
		return;
	memset(title, 0, title_size);
	snprintf(title, title_size, "bracemail: %s", name);
}
