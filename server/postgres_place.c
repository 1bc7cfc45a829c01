#include "server/postgres_place.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"

#define PLACE_ELSEWHERE "/var/lib/bracemail"

static const char place_longest_socket_name[] = "/.s.PGSQL.65535";

static bool
place_make_folder(const char *path, mode_t mode, struct error *error)
{
	if (g_mkdir_with_parents(path, (int)mode) != 0)
		return error_set(error, "cannot make %s: %s", path, strerror(errno));
	return true;
}

static char *
place_hash(const char *path)
{
	char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, path, -1);

	digest[16] = '\0';
	return digest;
}

static bool
place_can_enter(void *arg, struct error *error)
{
	const char *path = arg;

	if (access(path, X_OK) != 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	return true;
}

/* Makes `path` a folder of the user, 0700; or checks that it is one. */
static bool
place_own_folder(const char *path, const struct os_user *user, struct error *error)
{
	struct stat status;

	if (mkdir(path, 0700) == 0) {
		if (geteuid() != user->uid && chown(path, user->uid, user->gid) != 0)
			return error_set(error, "cannot give %s to user %s: %s", path, user->name,
			    strerror(errno));
		return true;
	}
	if (errno != EEXIST)
		return error_set(error, "cannot make %s: %s", path, strerror(errno));
	if (lstat(path, &status) != 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(status.st_mode) || status.st_uid != user->uid || (status.st_mode & 077) != 0)
		return error_set(error, "%s is not a folder of user %s with mode 0700: remove it",
		    path, user->name);
	return true;
}

/* The user cannot enter data_dir (a clone in /root): the folder is made where he can, with a link to it. */
static bool
place_make_elsewhere(
    const char *data_dir, const char *link, const struct os_user *user, struct error *error)
{
	char *hash = place_hash(data_dir);
	char *root = g_strdup_printf(PLACE_ELSEWHERE "/private-%s", hash);
	bool done =
	    place_make_folder(PLACE_ELSEWHERE, 0711, error) && place_own_folder(root, user, error);

	if (done && symlink(root, link) != 0)
		done = error_set(error, "cannot link %s to %s: %s", link, root, strerror(errno));
	if (done)
		log_info("private-postgres-elsewhere",
		    "folder=\"%s\" because=\"user %s cannot enter %s\" link=\"%s\"", root,
		    user->name, data_dir, link);
	g_free(root);
	g_free(hash);
	return done;
}

static bool
place_make_root(const char *data_dir, const char *path, struct os_user *user, struct error *error)
{
	if (geteuid() != 0)
		return os_user_by_id(geteuid(), user, error) && place_own_folder(path, user, error);
	if (!os_user_by_name("postgres", user, error)) {
		error_prefix(error, "the private PostgreSQL cannot run as root");
		return false;
	}
	if (os_user_do(user, place_can_enter, (void *)data_dir, error))
		return place_own_folder(path, user, error);
	return place_make_elsewhere(data_dir, path, user, error);
}

static bool
place_use_root(
    const char *path, const struct stat *status, struct os_user *user, struct error *error)
{
	char resolved[PATH_MAX];

	if (status->st_uid == 0)
		return error_set(
		    error, "%s belongs to root, as whom PostgreSQL does not run: chown it", path);
	if (!os_user_by_id(status->st_uid, user, error))
		return false;
	if (geteuid() != 0 && geteuid() != user->uid)
		return error_set(error,
		    "%s belongs to user %s: run bracemail as that user or as root", path,
		    user->name);
	/* The link is for us; PostgreSQL's user goes where it points. */
	if (realpath(path, resolved) == NULL)
		return error_set(error, "%s: %s", path, strerror(errno));
	if (!os_user_do(user, place_can_enter, resolved, error)) {
		error_prefix(
		    error, "user %s cannot enter the folder of the private PostgreSQL", user->name);
		return false;
	}
	return true;
}

static bool
place_choose_socket(struct postgres_place *place, struct error *error)
{
	struct sockaddr_un longest;
	char *hash;

	place->socket = g_build_filename(place->root, "socket", NULL);
	if (strlen(place->socket) + strlen(place_longest_socket_name) >= sizeof(longest.sun_path)) {
		g_free(place->socket);
		hash = place_hash(place->root);
		place->socket = g_strdup_printf("/tmp/bracemail-%s", hash);
		g_free(hash);
	}
	return place_own_folder(place->socket, &place->user, error);
}

bool
postgres_place_find(const char *data_dir, struct postgres_place *place, struct error *error)
{
	char *path = g_build_filename(data_dir, "postgres", NULL);
	char resolved[PATH_MAX];
	struct stat status;
	bool found;

	memset(place, 0, sizeof(*place));
	/* Others may pass through it: secrets in it have modes of their own. */
	found = place_make_folder(data_dir, geteuid() == 0 ? 0711 : 0700, error);
	if (found && stat(path, &status) == 0)
		found = place_use_root(path, &status, &place->user, error);
	else if (found)
		found = place_make_root(data_dir, path, &place->user, error);
	if (found && realpath(path, resolved) == NULL)
		found = error_set(error, "%s: %s", path, strerror(errno));
	if (found) {
		place->root = g_strdup(resolved);
		place->data = g_build_filename(resolved, "data", NULL);
		place->log = g_build_filename(resolved, "postgres.log", NULL);
		place->hba = g_build_filename(resolved, "pg_hba.conf", NULL);
		place->ident = g_build_filename(resolved, "pg_ident.conf", NULL);
		found = place_choose_socket(place, error);
	}
	g_free(path);
	if (!found)
		postgres_place_clear(place);
	return found;
}

void
postgres_place_clear(struct postgres_place *place)
{
	g_free(place->root);
	g_free(place->data);
	g_free(place->socket);
	g_free(place->log);
	g_free(place->hba);
	g_free(place->ident);
	memset(place, 0, sizeof(*place));
}
