/* Which of an account's two lists an operator means: the bounce list, the unsubscribe list, or both. */
#ifndef SERVER_SUPPRESSION_CHOICE_H
#define SERVER_SUPPRESSION_CHOICE_H

#include "server/command_action.h"

enum suppression_lists { LISTS_BOTH, LISTS_BOUNCE, LISTS_UNSUBSCRIBE };

/* "bounce" or "unsubscribe", any case. */
bool suppression_lists_parse(const char *word, enum suppression_lists *lists);

/* For an action's check: sets call->chosen to what --kind says. */
enum command_exit suppression_choice_read(struct command_call *call);

#endif
