#include "server/private_postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <libpq-fe.h>

#include "base/clock.h"
#include "base/log.h"

#include "server/postgres_cluster.h"
#include "server/postgres_place.h"
#include "server/service_manager.h"

enum {
	PREVIOUS_SECONDS_MAX = 120, /* a shutdown writes a checkpoint */
	POLL_MICROSECONDS = 50000
};

struct private_postgres {
	struct postgres_place place;
	char *programs;
	char *conninfo;
	enum private_postgres_use port;
	int lock;
};

/* A value within a connection string: libpq's quoting. */
static char *
conninfo_make(const struct postgres_place *place, int port)
{
	GString *text = g_string_new("host='");

	for (const char *at = place->socket; *at != '\0'; at++) {
		if (*at == '\'' || *at == '\\')
			g_string_append_c(text, '\\');
		g_string_append_c(text, *at);
	}
	g_string_append_printf(text,
	    "' port=%d user=" POSTGRES_CLUSTER_ROLE " dbname=" POSTGRES_CLUSTER_DATABASE, port);
	return g_string_free(text, FALSE);
}

char *
private_postgres_conninfo_served(const char *data_dir, struct error *error)
{
	struct postgres_place place;
	char *conninfo;

	if (!postgres_place_find(data_dir, &place, error))
		return NULL;
	conninfo = conninfo_make(&place, PRIVATE_POSTGRES_SERVE);
	postgres_place_clear(&place);
	return conninfo;
}

/* The lock file is the caller's, not PostgreSQL's user's: it lies beside the cluster's folder. */
static enum private_postgres_lock
private_postgres_take_lock(const char *data_dir, int *lock, struct error *error)
{
	char *path = g_build_filename(data_dir, "postgres.lock", NULL);
	enum private_postgres_lock outcome = PRIVATE_POSTGRES_FAILED;
	bool busy;

	if (g_mkdir_with_parents(data_dir, geteuid() == 0 ? 0711 : 0700) != 0)
		error_set(error, "cannot make %s: %s", data_dir, strerror(errno));
	else if ((*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
		error_set(error, "cannot open %s: %s", path, strerror(errno));
	else if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		outcome = PRIVATE_POSTGRES_MINE;
	else {
		busy = errno == EWOULDBLOCK;
		error_set(error, "cannot lock %s: %s", path,
		    busy ? "another bracemail uses this data_dir" : strerror(errno));
		close(*lock);
		if (busy)
			outcome = PRIVATE_POSTGRES_BUSY;
	}
	g_free(path);
	return outcome;
}

/* The process id in postmaster.pid when that process really serves this cluster; else 0. */
static pid_t
private_postgres_find_previous(const struct private_postgres *postgres)
{
	char *path = g_build_filename(postgres->place.data, "postmaster.pid", NULL);
	char *folder = NULL;
	char *text = NULL;
	struct stat its, ours;
	pid_t pid = 0;

	if (g_file_get_contents(path, &text, NULL, NULL)) {
		pid = (pid_t)strtol(text, NULL, 10);
		folder = g_strdup_printf("/proc/%d/cwd", (int)pid);
		if (pid <= 1 || stat(folder, &its) != 0 || stat(postgres->place.data, &ours) != 0 ||
		    its.st_dev != ours.st_dev || its.st_ino != ours.st_ino)
			pid = 0;
	}
	g_free(folder);
	g_free(text);
	g_free(path);
	return pid;
}

/* Its owner was killed, and so it is shutting down already, as a rule. */
static bool
private_postgres_end_previous(const struct private_postgres *postgres, struct error *error)
{
	int64_t until = clock_now() + PREVIOUS_SECONDS_MAX * CLOCK_SECOND;
	pid_t pid, told = 0;

	while ((pid = private_postgres_find_previous(postgres)) != 0) {
		if (pid != told) {
			log_info("private-postgres-previous",
			    "pid=%d text=\"waiting for its shutdown\"", (int)pid);
			kill(pid, SIGINT);
			told = pid;
		}
		if (clock_now() > until)
			return error_set(error,
			    "PostgreSQL (process %d) does not shut down: see %s", (int)pid,
			    postgres->place.log);
		usleep(POLL_MICROSECONDS);
	}
	return true;
}

static bool
private_postgres_prepare(
    struct private_postgres *postgres, const char *data_dir, struct error *error)
{
	postgres->programs = postgres_cluster_programs(error);
	if (postgres->programs == NULL || !postgres_place_find(data_dir, &postgres->place, error))
		return false;
	postgres->conninfo = conninfo_make(&postgres->place, postgres->port);
	return private_postgres_end_previous(postgres, error) &&
	    postgres_cluster_ensure(&postgres->place, postgres->programs, error) &&
	    postgres_cluster_write_access(&postgres->place, error);
}

enum private_postgres_lock
private_postgres_open(const char *data_dir, enum private_postgres_use use,
    struct private_postgres **postgres, struct error *error)
{
	struct private_postgres *opened;
	enum private_postgres_lock outcome;
	int lock;

	*postgres = NULL;
	outcome = private_postgres_take_lock(data_dir, &lock, error);
	if (outcome != PRIVATE_POSTGRES_MINE)
		return outcome;
	opened = g_new0(struct private_postgres, 1);
	opened->lock = lock;
	opened->port = use;
	if (!private_postgres_prepare(opened, data_dir, error)) {
		private_postgres_close(opened);
		return PRIVATE_POSTGRES_FAILED;
	}
	*postgres = opened;
	return PRIVATE_POSTGRES_MINE;
}

const char *
private_postgres_conninfo(const struct private_postgres *postgres)
{
	return postgres->conninfo;
}

/* In the child. A session of its own: a terminal's Ctrl-C is for the supervisor, which then stops us. */
static void
private_postgres_exec(const struct private_postgres *postgres, pid_t parent, GPtrArray *command)
{
	struct error error;
	sigset_t none;
	int log, nothing;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	service_manager_forget();
	if (!os_user_become(&postgres->place.user, &error))
		_exit(126);
	/* After the change of user, which clears it. */
	prctl(PR_SET_PDEATHSIG, SIGINT);
	if (getppid() != parent)
		_exit(0);
	log = open(postgres->place.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (log < 0 || nothing < 0 || chdir(postgres->place.root) != 0)
		_exit(126);
	dup2(nothing, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execv(command->pdata[0], (char *const *)command->pdata);
	_exit(127);
}

pid_t
private_postgres_spawn(struct private_postgres *postgres, struct error *error)
{
	GPtrArray *command =
	    postgres_cluster_command(&postgres->place, postgres->programs, (int)postgres->port);
	pid_t parent = getpid();
	pid_t child = fork();

	if (child == 0)
		private_postgres_exec(postgres, parent, command);
	if (child < 0)
		error_set(error, "fork: %s", strerror(errno));
	g_ptr_array_unref(command);
	return child;
}

bool
private_postgres_wait(struct private_postgres *postgres, pid_t pid, struct error *error)
{
	while (PQping(postgres->conninfo) != PQPING_OK) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return error_set(error, "the private PostgreSQL does not start: see %s",
			    postgres->place.log);
		usleep(POLL_MICROSECONDS);
	}
	return true;
}

void
private_postgres_stop(pid_t pid)
{
	kill(pid, SIGINT);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

void
private_postgres_close(struct private_postgres *postgres)
{
	if (postgres == NULL)
		return;
	close(postgres->lock);
	postgres_place_clear(&postgres->place);
	g_free(postgres->programs);
	g_free(postgres->conninfo);
	g_free(postgres);
}
