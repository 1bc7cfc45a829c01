#include "server/suppression_choice.h"

#include <glib.h>

#include "db/suppression.h"

bool
suppression_lists_parse(const char *word, enum suppression_lists *lists)
{
	if (g_ascii_strcasecmp(word, suppression_kind_name(SUPPRESSION_BOUNCE)) == 0)
		*lists = LISTS_BOUNCE;
	else if (g_ascii_strcasecmp(word, suppression_kind_name(SUPPRESSION_UNSUBSCRIBE)) == 0)
		*lists = LISTS_UNSUBSCRIBE;
	else
		return false;
	return true;
}

enum command_exit
suppression_choice_read(struct command_call *call)
{
	enum suppression_lists lists = LISTS_BOTH;

	if (call->options->kind != NULL && !suppression_lists_parse(call->options->kind, &lists))
		return command_usage_error(&command_suppression,
		    "--kind takes bounce or unsubscribe, not \"%s\"", call->options->kind);
	call->chosen = lists;
	return COMMAND_DONE;
}
