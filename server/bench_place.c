#include "server/bench_place.h"

#include <errno.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/command_database.h"
#include "server/postgres_place.h"

enum { REMOVE_OPEN_FILES = 32 };

/* A port that is free now. -1: none is. */
static int
port_find(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int port = -1;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &length) == 0)
		port = ntohs(address.sin_port);
	if (fd >= 0)
		close(fd);
	return port;
}

/* All mail goes to the capture server, whatever its recipient; the limits that one client meets are as wide as they can be. */
static bool
place_write_config(
    const struct bench_place *place, const struct config *config, struct error *error)
{
	g_autofree char *text = g_strdup_printf("data_dir = \"%s\"\n"
						"hostname = \"bench.invalid\"\n"
						"workers = %u\n"
						"drain_timeout = 1\n"
						"listener \"bench\" {\n"
						"  listen = {\"127.0.0.1:%d\"}\n"
						"  tls = \"none\"\n"
						"}\n"
						"limits {\n"
						"  messages = 1000000000\n"
						"  connections = 1000000\n"
						"  address_connections = 1000000\n"
						"  address_rate = 1000000\n"
						"}\n"
						"capture {\n"
						"  listen = {\"127.0.0.1:%d\"}\n"
						"  directory = \"%s\"\n"
						"}\n"
						"delivery { route = \"capture\" }\n"
						"log { messages = false }\n",
	    place->data_dir, config->workers, place->smtp_port, place->capture_port,
	    place->captured);
	g_autoptr(GError) problem = NULL;

	if (strpbrk(place->folder, "\"\\\n$") != NULL)
		return error_set(
		    error, "%s: a configuration cannot name such a folder", place->folder);
	return g_file_set_contents(place->config, text, -1, &problem) ||
	    error_set(error, "%s", problem->message);
}

static bool
place_make_folder(struct bench_place *place, const struct config *config, struct error *error)
{
	bool has_data_dir = access(config->data_dir, F_OK) == 0;

	if (has_data_dir && !command_database_become_owner(config->data_dir, error))
		return false;
	place->folder = g_build_filename(
	    has_data_dir ? config->data_dir : g_get_tmp_dir(), "bench-XXXXXX", NULL);
	/* Where root runs it, PostgreSQL's user passes through. */
	if (g_mkdtemp_full(place->folder, geteuid() == 0 ? 0711 : 0700) != NULL)
		return true;
	error_set(error, "cannot make %s: %s; --config names a data_dir that can be written to",
	    place->folder, strerror(errno));
	g_clear_pointer(&place->folder, g_free);
	return false;
}

bool
bench_place_make(struct bench_place *place, const struct config *config, struct error *error)
{
	memset(place, 0, sizeof(*place));
	place->smtp_port = port_find();
	place->capture_port = port_find();
	if (place->smtp_port < 0 || place->capture_port < 0)
		return error_set(error, "127.0.0.1 has no free port");
	if (!place_make_folder(place, config, error))
		return false;
	place->config = g_build_filename(place->folder, "bench.conf", NULL);
	place->data_dir = g_build_filename(place->folder, "data", NULL);
	place->captured = g_build_filename(place->folder, "captured", NULL);
	place->log = g_build_filename(place->folder, "log", NULL);
	place->workers = config->workers;
	if (place_write_config(place, config, error))
		return true;
	bench_place_remove(place, &(struct error){""});
	return false;
}

static int
entry_remove(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)kind;
	(void)at;
	return remove(path);
}

static bool
tree_remove(const char *path, struct error *error)
{
	if (nftw(path, entry_remove, REMOVE_OPEN_FILES, FTW_DEPTH | FTW_PHYS) == 0 ||
	    errno == ENOENT)
		return true;
	return error_set(error, "cannot remove %s: %s", path, strerror(errno));
}

/* PostgreSQL's folder and its socket's may lie elsewhere (server/postgres_place.h). */
static bool
place_remove_postgres(const struct bench_place *place, struct error *error)
{
	g_autofree char *link = g_build_filename(place->data_dir, "postgres", NULL);
	struct postgres_place postgres;
	bool removed;

	if (access(link, F_OK) != 0)
		return true;
	if (!postgres_place_find(place->data_dir, &postgres, error))
		return false;
	removed = tree_remove(postgres.socket, error) && tree_remove(postgres.root, error);
	postgres_place_clear(&postgres);
	return removed;
}

bool
bench_place_remove(struct bench_place *place, struct error *error)
{
	bool removed = place_remove_postgres(place, error) && tree_remove(place->folder, error);

	g_free(place->folder);
	g_free(place->config);
	g_free(place->data_dir);
	g_free(place->captured);
	g_free(place->log);
	return removed;
}

unsigned
bench_place_captured(const struct bench_place *place)
{
	g_autoptr(GDir) folder = g_dir_open(place->captured, 0, NULL);
	unsigned count = 0;
	const char *name;

	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
		count += g_str_has_suffix(name, ".eml");
	return count;
}
