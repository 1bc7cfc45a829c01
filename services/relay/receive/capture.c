#include "services/relay/receive/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#include "services/relay/receive/backend.h"
#include "services/relay/receive/receive.h"

enum { CAPTURE_NAME_SIZE = 48 };

struct capture_server {
	struct receive_backend backend; /* first: the server knows it by this */
	struct receive_listener listener;
	struct receive_settings settings;
	struct receive_server *server;
	struct memory_budget budget;
	char *directory;
	unsigned captured;
	GHashTable *deferrals; /* address, lower case -> attempts so far */
};

struct capture_visit {
	struct capture_server *server;
	receive_answer *answer;
	void *answer_arg;
};

static void *
capture_enter(struct receive_backend *backend, const char *session, const char *address,
    receive_answer *answer, void *arg)
{
	struct capture_visit *visit = g_new0(struct capture_visit, 1);

	(void)session;
	(void)address;
	visit->server = (struct capture_server *)backend;
	visit->answer = answer;
	visit->answer_arg = arg;
	return visit;
}

static void
capture_mail(void *arg, const char *mail_from)
{
	struct capture_visit *visit = arg;

	(void)mail_from;
	visit->answer(visit->answer_arg, 250, "2.1.0 Ok");
}

static bool
capture_defers(struct capture_server *server, const char *address)
{
	char *key = g_utf8_strdown(address, -1);
	unsigned attempts = GPOINTER_TO_UINT(g_hash_table_lookup(server->deferrals, key));

	if (g_hash_table_size(server->deferrals) >= CAPTURE_DEFERRED_MAX)
		g_hash_table_remove_all(server->deferrals);
	if (attempts >= CAPTURE_DEFERRALS) {
		g_free(key);
		return false;
	}
	g_hash_table_insert(server->deferrals, key, GUINT_TO_POINTER(attempts + 1));
	return true;
}

static void
capture_recipient(void *arg, const char *address)
{
	struct capture_visit *visit = arg;

	if (g_ascii_strncasecmp(address, "reject-550@", strlen("reject-550@")) == 0)
		visit->answer(visit->answer_arg, 550, "5.1.1 there is no such mailbox");
	else if (g_ascii_strncasecmp(address, "defer-451@", strlen("defer-451@")) == 0 &&
	    capture_defers(visit->server, address))
		visit->answer(visit->answer_arg, 451, "4.3.0 not now: try again");
	else
		visit->answer(visit->answer_arg, 250, "2.1.5 Ok");
}

static bool
write_parts(FILE *file, const GString *first, const GString *second)
{
	return fwrite(first->str, 1, first->len, file) == first->len &&
	    fwrite(second->str, 1, second->len, file) == second->len;
}

/* Written under another name and renamed: who watches the folder sees whole files only. */
static bool
capture_write(const struct capture_server *server, const char *name, const char *suffix,
    const GString *first, const GString *second, struct error *error)
{
	char *path = g_strdup_printf("%s/%s.%s", server->directory, name, suffix);
	char *partial = g_strdup_printf("%s/.%s.%s", server->directory, name, suffix);
	FILE *file = fopen(partial, "wxe");
	bool is_written = file != NULL && write_parts(file, first, second);
	bool is_closed = file != NULL && fclose(file) == 0;
	bool is_done = is_written && is_closed && rename(partial, path) == 0;

	if (!is_done) {
		error_set(error, "%s cannot be written: %s", path, g_strerror(errno));
		if (file != NULL)
			unlink(partial);
	}
	g_free(path);
	g_free(partial);
	return is_done;
}

static GString *
capture_envelope(const struct message *message)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "MAIL FROM:<%s>\n", message->mail_from);
	for (guint i = 0; i < message->recipients->len; i++) {
		const struct message_recipient *recipient = message->recipients->pdata[i];

		g_string_append_printf(text, "RCPT TO:<%s>\n", recipient->address);
	}
	return text;
}

/* The envelope first: who sees NAME.eml finds its envelope. */
static bool
capture_store(const struct capture_server *server, const char *name, const struct message *message,
    struct error *error)
{
	GString *envelope = capture_envelope(message);
	GString *nothing = g_string_new(NULL);
	bool is_stored = capture_write(server, name, "envelope", envelope, nothing, error) &&
	    capture_write(server, name, "eml", message->head, message->body, error);

	g_string_free(envelope, TRUE);
	g_string_free(nothing, TRUE);
	return is_stored;
}

static void
capture_message(void *arg, struct message *message, const struct submission_trace *trace)
{
	struct capture_visit *visit = arg;
	struct capture_server *server = visit->server;
	char name[CAPTURE_NAME_SIZE];
	char text[CAPTURE_NAME_SIZE + 32];
	struct error error;

	(void)trace;
	g_snprintf(name, sizeof(name), "%lld-%u", (long long)clock_now(), ++server->captured);
	if (!capture_store(server, name, message, &error)) {
		log_error("capture-failed", "reason=\"%s\"", error.text);
		visit->answer(visit->answer_arg, 452, "4.3.1 the message cannot be written");
		return;
	}
	log_debug("message-captured", "name=%s size=%zu recipients=%u", name, message_size(message),
	    message->recipients->len);
	g_snprintf(text, sizeof(text), "2.0.0 Ok: captured as %s", name);
	visit->answer(visit->answer_arg, 250, text);
}

static void
capture_leave(void *visit)
{
	g_free(visit);
}

static const struct receive_backend_calls capture_calls = {
    .enter = capture_enter,
    .mail = capture_mail,
    .recipient = capture_recipient,
    .message = capture_message,
    .leave = capture_leave,
};

struct capture_server *
capture_server_create(struct event_base *base, const char *hostname, const char *const *addresses,
    const char *directory, SSL_CTX *tls, struct error *error)
{
	struct capture_server *server = g_new0(struct capture_server, 1);

	server->backend.calls = &capture_calls;
	server->backend.budget = &server->budget;
	server->budget.limit = CAPTURE_MEMORY_BYTES;
	server->directory = g_strdup(directory);
	server->deferrals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	server->listener = (struct receive_listener){
	    .name = "capture",
	    .addresses = addresses,
	    .tls = tls != NULL ? RECEIVE_TLS_STARTTLS : RECEIVE_TLS_NONE,
	    .auth = RECEIVE_AUTH_NONE,
	};
	server->settings = (struct receive_settings){
	    .hostname = hostname,
	    .listeners = &server->listener,
	    .listener_count = 1,
	    .limits = receive_limits_default(),
	};
	if (g_mkdir_with_parents(directory, S_IRWXU) != 0) {
		error_set(error, "the folder %s cannot be made: %s", directory, g_strerror(errno));
		capture_server_destroy(server);
		return NULL;
	}
	server->server =
	    receive_server_create(base, &server->settings, tls, &server->backend, error);
	if (server->server == NULL) {
		capture_server_destroy(server);
		return NULL;
	}
	return server;
}

void
capture_server_destroy(struct capture_server *server)
{
	if (server == NULL)
		return;
	receive_server_destroy(server->server);
	g_hash_table_unref(server->deferrals);
	g_free(server->directory);
	g_free(server);
}
