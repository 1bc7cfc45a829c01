/* Doing something as another user of this machine: PostgreSQL refuses to run as root. */
#ifndef SERVER_OS_USER_H
#define SERVER_OS_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

enum { OS_USER_NAME_SIZE = 256 };

struct os_user {
	uid_t uid;
	gid_t gid;
	char name[OS_USER_NAME_SIZE];
};

bool os_user_by_id(uid_t uid, struct os_user *user, struct error *error);
bool os_user_by_name(const char *name, struct os_user *user, struct error *error);

/* This process becomes that user, for good (groups too). Nothing to do when it is already. */
bool os_user_become(const struct os_user *user, struct error *error);

/* Calls work(arg, error) in a child process that is that user, and waits for it. Returns what work returned; error
 * comes over from the child. */
bool os_user_do(const struct os_user *user, bool (*work)(void *arg, struct error *error), void *arg,
    struct error *error);

#endif
