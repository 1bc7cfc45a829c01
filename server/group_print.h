/* What `bracemail group list` and `show` write: lines for people, or one JSON document. */
#ifndef SERVER_GROUP_PRINT_H
#define SERVER_GROUP_PRINT_H

#include "server/group_choice.h"

/* All groups of the account, of the kind that call->chosen allows. */
bool group_print_list(const struct command_call *call, struct error *error);

/* One group: an e-mail group with its fields and members, a transactional one with what is kept of its mail. */
bool group_print_one(
    const struct command_call *call, const struct group_chosen *chosen, struct error *error);

#endif
