/* Processor time of the bench's server: proc(5), the tree of processes below it. */
#include "server/bench_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

enum { STAT_SIZE = 1024 };

struct process_time {
	int pid, parent;
	bool is_postgres, is_counted;
	unsigned long ticks; /* its own, and those of children that it waited for */
};

static bool
process_read(const char *name, struct process_time *process)
{
	g_autofree char *path = g_strdup_printf("/proc/%s/stat", name);
	g_autofree char *text = NULL;
	unsigned long user, system;
	long child_user, child_system;
	char *rest;

	/* "pid (name) state parent ...": the name may hold anything. */
	if (!g_ascii_isdigit(*name) || !g_file_get_contents(path, &text, NULL, NULL) ||
	    (rest = strrchr(text, ')')) == NULL ||
	    sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
		&process->parent, &user, &system, &child_user, &child_system) != 5)
		return false;
	process->pid = (int)strtol(name, NULL, 10);
	process->is_postgres = strstr(text, "(postgres)") != NULL;
	process->is_counted = false;
	process->ticks = user + system + (unsigned long)(child_user + child_system);
	return true;
}

/* Marks who is below those that are counted. Returns whether there was one. */
static bool
processes_descend(GArray *processes)
{
	bool found = false;

	for (guint i = 0; i < processes->len; i++) {
		struct process_time *parent = &g_array_index(processes, struct process_time, i);

		for (guint j = 0; j < processes->len && parent->is_counted; j++) {
			struct process_time *child =
			    &g_array_index(processes, struct process_time, j);

			if (child->parent == parent->pid && !child->is_counted)
				found = child->is_counted = true;
		}
	}
	return found;
}

void
bench_server_cpu(const struct bench_server *server, struct bench_cpu *cpu)
{
	g_autoptr(GArray) processes = g_array_new(FALSE, FALSE, sizeof(struct process_time));
	g_autoptr(GDir) folder = g_dir_open("/proc", 0, NULL);
	double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
	struct process_time process;
	const char *name;

	*cpu = (struct bench_cpu){0};
	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
		if (process_read(name, &process)) {
			process.is_counted = process.pid == server->pid;
			g_array_append_val(processes, process);
		}
	while (processes_descend(processes))
		continue;
	for (guint i = 0; i < processes->len; i++) {
		const struct process_time *each = &g_array_index(processes, struct process_time, i);

		if (!each->is_counted)
			continue;
		cpu->all += (double)each->ticks * tick;
		if (each->is_postgres)
			cpu->postgres += (double)each->ticks * tick;
	}
}
