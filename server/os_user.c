#include "server/os_user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
os_user_from_entry(const struct passwd *entry, struct os_user *user)
{
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	snprintf(user->name, sizeof(user->name), "%s", entry->pw_name);
	return true;
}

bool
os_user_by_id(uid_t uid, struct os_user *user, struct error *error)
{
	const struct passwd *entry = getpwuid(uid);

	if (entry == NULL)
		return error_set(
		    error, "user id %u has no name in /etc/passwd: add one", (unsigned)uid);
	return os_user_from_entry(entry, user);
}

bool
os_user_by_name(const char *name, struct os_user *user, struct error *error)
{
	const struct passwd *entry = getpwnam(name);

	if (entry == NULL)
		return error_set(error, "this machine has no user \"%s\"", name);
	return os_user_from_entry(entry, user);
}

bool
os_user_become(const struct os_user *user, struct error *error)
{
	if (geteuid() == user->uid)
		return true;
	if (initgroups(user->name, user->gid) != 0 || setgid(user->gid) != 0 ||
	    setuid(user->uid) != 0)
		return error_set(error, "cannot become user %s: %s", user->name, strerror(errno));
	return true;
}

/* The child's answer: nothing on success, else the error's text. */
static bool
os_user_read_answer(int from, struct error *error)
{
	size_t length = 0;
	ssize_t got;

	while (length < sizeof(error->text) - 1 &&
	    (got = read(from, error->text + length, sizeof(error->text) - 1 - length)) > 0)
		length += (size_t)got;
	error->text[length] = '\0';
	return length == 0;
}

bool
os_user_do(const struct os_user *user, bool (*work)(void *arg, struct error *error), void *arg,
    struct error *error)
{
	int ends[2], status;
	bool done;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_set(error, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		struct error reason;

		done = os_user_become(user, &reason) && work(arg, &reason);
		if (!done)
			(void)!write(ends[1], reason.text, strlen(reason.text));
		_exit(done ? 0 : 1);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return error_set(error, "fork: %s", strerror(errno));
	}
	done = os_user_read_answer(ends[0], error);
	close(ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (done && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		return error_set(error, "a helper process ended with status %d", status);
	return done;
}
