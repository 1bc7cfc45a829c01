#include "server/postgres_cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

#define PROGRAMS_FOLDER "/usr/lib/postgresql"

enum { SHARED_BUFFERS_MIN_MB = 64, SHARED_BUFFERS_MAX_MB = 512, CONNECTIONS_MAX = 300 };
/* Two for each table of a day, of all connections together: db/retention.h. */
enum { LOCKS_OF_A_CONNECTION = 256 };

char *
postgres_cluster_programs(struct error *error)
{
	GDir *versions = g_dir_open(PROGRAMS_FOLDER, 0, NULL);
	const char *name;
	char *path;
	int newest = 0;

	while (versions != NULL && (name = g_dir_read_name(versions)) != NULL) {
		int version = atoi(name);

		path = g_strdup_printf(PROGRAMS_FOLDER "/%d/bin/initdb", version);
		if (version > newest && access(path, X_OK) == 0)
			newest = version;
		g_free(path);
	}
	if (versions != NULL)
		g_dir_close(versions);
	if (newest >= POSTGRES_CLUSTER_VERSION_MIN)
		return g_strdup_printf(PROGRAMS_FOLDER "/%d/bin", newest);
	path = g_find_program_in_path("initdb");
	if (path != NULL) {
		name = g_path_get_dirname(path);
		g_free(path);
		return (char *)name;
	}
	error_set(error,
	    "PostgreSQL %d or later is not installed: install package postgresql, or set database",
	    POSTGRES_CLUSTER_VERSION_MIN);
	return NULL;
}

struct cluster_job {
	const struct postgres_place *place;
	const char *programs;
};

/* Runs a program to its end; its input is a text, its output goes to the log of the place. */
static bool
cluster_run(const struct postgres_place *place, const char *const *command, const char *input,
    struct error *error)
{
	int status, ends[2], log;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_set(error, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		log = open(place->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (log < 0 || chdir(place->root) != 0)
			_exit(126);
		dup2(ends[0], STDIN_FILENO);
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		execvp(command[0], (char *const *)command);
		_exit(127);
	}
	close(ends[0]);
	if (child > 0)
		(void)!write(ends[1], input, strlen(input));
	close(ends[1]);
	if (child < 0)
		return error_set(error, "fork: %s", strerror(errno));
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(error, "%s failed: see %s", command[0], place->log);
	return true;
}

static bool
cluster_put_in_place(const struct postgres_place *place, const char *fresh, struct error *error)
{
	int folder = open(place->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = folder >= 0 && rename(fresh, place->data) == 0 && fsync(folder) == 0;

	if (!done)
		error_set(error, "cannot rename %s: %s", fresh, strerror(errno));
	if (folder >= 0)
		close(folder);
	return done;
}

/* Into a folder of another name, renamed when all is done. */
static bool
cluster_make(void *arg, struct error *error)
{
	const struct cluster_job *job = arg;
	const struct postgres_place *place = job->place;
	char *fresh = g_strconcat(place->data, ".new", NULL);
	char *initdb = g_build_filename(job->programs, "initdb", NULL);
	char *postgres = g_build_filename(job->programs, "postgres", NULL);
	const char *const remove[] = {"rm", "-rf", "--", fresh, NULL};
	const char *const make[] = {initdb, "--pgdata", fresh, "--username", POSTGRES_CLUSTER_ROLE,
	    "--encoding", "UTF8", "--locale", "C.UTF-8", "--auth", "peer", "--no-instructions",
	    NULL};
	const char *const create[] = {postgres, "--single", "-j", "-D", fresh, "postgres", NULL};
	bool done;

	signal(SIGPIPE, SIG_IGN);
	done = cluster_run(place, remove, "", error) && cluster_run(place, make, "", error) &&
	    cluster_run(place, create, "CREATE DATABASE " POSTGRES_CLUSTER_DATABASE ";\n\n", error);
	if (done)
		done = cluster_put_in_place(place, fresh, error);
	g_free(fresh);
	g_free(initdb);
	g_free(postgres);
	return done;
}

bool
postgres_cluster_ensure(
    const struct postgres_place *place, const char *programs, struct error *error)
{
	struct cluster_job job = {.place = place, .programs = programs};

	if (access(place->data, F_OK) == 0)
		return true;
	log_info("private-postgres-make", "folder=\"%s\" user=%s", place->root, place->user.name);
	return os_user_do(&place->user, cluster_make, &job, error);
}

static bool
cluster_write_file(const char *path, const char *text, struct error *error)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		return error_set(error, "%s: %s", path, strerror(errno));
	fputs(text, file);
	if (fclose(file) != 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	return true;
}

static void
cluster_allow(GString *ident, const char *name)
{
	g_string_append_printf(ident, "bracemail \"%s\" " POSTGRES_CLUSTER_ROLE "\n", name);
}

struct cluster_access {
	const struct postgres_place *place;
	uid_t caller;
};

static bool
cluster_write_access(void *arg, struct error *error)
{
	const struct cluster_access *wanted = arg;
	GString *ident =
	    g_string_new("# map, user of the operating system, role; written at each start\n");
	struct os_user other;
	bool done;

	cluster_allow(ident, wanted->place->user.name);
	if (os_user_by_id(0, &other, error))
		cluster_allow(ident, other.name);
	if (wanted->caller != 0 && wanted->caller != wanted->place->user.uid &&
	    os_user_by_id(wanted->caller, &other, error))
		cluster_allow(ident, other.name);
	done = cluster_write_file(wanted->place->hba,
		   "local all all peer map=bracemail\n"
		   "local replication all peer map=bracemail\n", /* pg_basebackup, pg_receivewal */
		   error) &&
	    cluster_write_file(wanted->place->ident, ident->str, error);
	g_string_free(ident, TRUE);
	return done;
}

bool
postgres_cluster_write_access(const struct postgres_place *place, struct error *error)
{
	struct cluster_access wanted = {.place = place, .caller = geteuid()};

	return os_user_do(&place->user, cluster_write_access, &wanted, error);
}

static int
cluster_shared_buffers_mb(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	long mb = pages > 0 && size > 0 ? pages / 1024 * size / 1024 / 16 : SHARED_BUFFERS_MIN_MB;

	return (int)CLAMP(mb, SHARED_BUFFERS_MIN_MB, SHARED_BUFFERS_MAX_MB);
}

static void cluster_set(GPtrArray *command, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
cluster_set(GPtrArray *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_ptr_array_add(command, g_strdup("-c"));
	g_ptr_array_add(command, g_strdup_vprintf(format, arguments));
	va_end(arguments);
}

GPtrArray *
postgres_cluster_command(const struct postgres_place *place, const char *programs, int port)
{
	GPtrArray *command = g_ptr_array_new_with_free_func(g_free);
	char **parts = g_strsplit(place->socket, "\"", -1);
	char *socket = g_strjoinv("\"\"", parts);

	g_ptr_array_add(command, g_build_filename(programs, "postgres", NULL));
	g_ptr_array_add(command, g_strdup("-D"));
	g_ptr_array_add(command, g_strdup(place->data));
	cluster_set(command, "listen_addresses=");
	cluster_set(command, "port=%d", port);
	cluster_set(command, "unix_socket_directories=\"%s\"", socket);
	cluster_set(command, "unix_socket_permissions=0700");
	cluster_set(command, "hba_file=%s", place->hba);
	cluster_set(command, "ident_file=%s", place->ident);
	cluster_set(command, "cluster_name=bracemail");
	/* A backup that is being recovered is no database yet: who connects waits. */
	cluster_set(command, "hot_standby=off");
	cluster_set(command, "max_connections=%d", CONNECTIONS_MAX);
	cluster_set(command, "max_locks_per_transaction=%d", LOCKS_OF_A_CONNECTION);
	cluster_set(command, "shared_buffers=%dMB", cluster_shared_buffers_mb());
	cluster_set(command, "wal_buffers=16MB");
	cluster_set(command, "wal_compression=lz4");
	/* Segments that a burst made stay for the next: a new one is first written full of zeroes. */
	cluster_set(command, "min_wal_size=1GB");
	cluster_set(command, "max_wal_size=4GB");
	cluster_set(command, "checkpoint_timeout=15min");
	cluster_set(command, "max_parallel_workers_per_gather=0");
	cluster_set(command, "jit=off");
	cluster_set(command, "log_checkpoints=off");
	g_ptr_array_add(command, NULL);
	g_free(socket);
	g_strfreev(parts);
	return command;
}
