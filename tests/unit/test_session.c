/*
 * SMTP sessions over a socket pair, with a backend that answers by the address: no-*@ is refused, later-*@ is answered
 * from the event loop, all others at once. Each dialogue runs twice: sent in one piece, and byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "services/relay/message/submission.h"
#include "services/relay/receive/server_private.h"
#include "services/relay/receive/session.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

enum {
	QUIET_TURNS = 5, /* of the event loop without output: the session waits for its client */
	MESSAGE_MAX = 5000,
	RECIPIENTS_MAX = 3,
	ERRORS_MAX = 3
};

/* The backend. */
struct fake {
	struct receive_backend backend;
	struct event_base *base;
	struct memory_budget budget;
	GString *taken; /* "protocol from>to,to:head|body\n" of each message */
	bool holds_messages;
	unsigned visits;
};

struct fake_visit {
	struct fake *fake;
	receive_answer *answer;
	void *answer_arg;
	struct event *later;
	int code;
	const char *text;
};

static void
on_later(evutil_socket_t fd, short events, void *arg)
{
	struct fake_visit *visit = arg;

	(void)fd;
	(void)events;
	visit->answer(visit->answer_arg, visit->code, visit->text);
}

static void *
fake_enter(struct receive_backend *backend, const char *session, const char *address,
    receive_answer *answer, void *arg)
{
	struct fake_visit *visit = g_new0(struct fake_visit, 1);

	assert_int_equal(strlen(session), RECEIVE_SESSION_ID_SIZE - 1);
	assert_string_equal(address, "192.0.2.1");
	visit->fake = (struct fake *)backend;
	visit->fake->visits++;
	visit->answer = answer;
	visit->answer_arg = arg;
	visit->later = evtimer_new(visit->fake->base, on_later, visit);
	return visit;
}

static void
fake_leave(void *arg)
{
	struct fake_visit *visit = arg;

	visit->fake->visits--;
	event_free(visit->later);
	g_free(visit);
}

static void
fake_answer(struct fake_visit *visit, const char *key, int code, const char *text)
{
	if (strncmp(key, "later-", 6) != 0) {
		visit->answer(visit->answer_arg, code, text);
		return;
	}
	visit->code = code;
	visit->text = text;
	event_active(visit->later, EV_TIMEOUT, 0);
}

static void
fake_mail(void *visit, const char *mail_from)
{
	fake_answer(visit, mail_from, 250, "2.1.0 Ok");
}

static void
fake_recipient(void *visit, const char *address)
{
	if (strstr(address, "no-") != NULL)
		fake_answer(visit, address, 550, "5.1.1 no");
	else
		fake_answer(visit, address, 250, "2.1.5 Ok");
}

static void
fake_login(void *visit, const char *name, const char *password)
{
	if (strcmp(password, "secret") == 0)
		fake_answer(visit, name, 235, "2.7.0 yes");
	else
		fake_answer(visit, name, 535, "5.7.8 no");
}

static void
fake_message(void *arg, struct message *message, const struct submission_trace *trace)
{
	struct fake_visit *visit = arg;
	GString *taken = visit->fake->taken;

	g_string_append_printf(taken, "%s %s>", trace->protocol, message->mail_from);
	if (message->envelope_id != NULL)
		g_string_append_printf(
		    taken, "[%d %s]", (int)message->dsn_return, message->envelope_id);
	for (guint i = 0; i < message->recipients->len; i++) {
		const struct message_recipient *recipient = message->recipients->pdata[i];

		g_string_append_printf(taken, "%s%s", i > 0 ? "," : "", recipient->address);
		if (recipient->notify != 0)
			g_string_append_printf(
			    taken, "[%u %s]", recipient->notify, recipient->original_recipient);
	}
	g_string_append_printf(taken, ":%s|%s%s\n", message->head->str, message->body->str,
	    message->smtputf8 ? "[utf8]" : "");
	if (!visit->fake->holds_messages)
		fake_answer(visit, message->mail_from, 250, "2.0.0 taken");
}

static const struct receive_backend_calls fake_calls = {
    .enter = fake_enter,
    .mail = fake_mail,
    .recipient = fake_recipient,
    .login = fake_login,
    .message = fake_message,
    .leave = fake_leave,
};

/* A server without sockets. */
struct fixture {
	struct event_base *base;
	struct fake fake;
	struct receive_listener listener;
	struct receive_settings settings;
	struct receive_server *server;
};

static void
fixture_open(struct fixture *fixture)
{
	struct error error;

	*fixture = (struct fixture){.base = event_base_new()};
	fixture->fake.backend.calls = &fake_calls;
	fixture->fake.backend.budget = &fixture->fake.budget;
	fixture->fake.backend.offers_dsn = true;
	fixture->fake.budget.limit = 1 << 20;
	fixture->fake.base = fixture->base;
	fixture->fake.taken = g_string_new(NULL);
	fixture->listener = (struct receive_listener){
	    .name = "test", .tls = RECEIVE_TLS_STARTTLS, .auth = RECEIVE_AUTH_REQUIRED};
	fixture->settings.hostname = "relay.test";
	fixture->settings.limits = receive_limits_default();
	fixture->settings.limits.message_bytes = MESSAGE_MAX;
	fixture->settings.limits.recipients = RECIPIENTS_MAX;
	fixture->settings.limits.errors = ERRORS_MAX;
	fixture->server = receive_server_create(
	    fixture->base, &fixture->settings, NULL, &fixture->fake.backend, &error);
	assert_non_null(fixture->server);
}

static void
fixture_close(struct fixture *fixture)
{
	receive_server_destroy(fixture->server);
	assert_int_equal(fixture->fake.visits, 0);
	assert_int_equal(fixture->fake.budget.used, 0);
	g_string_free(fixture->fake.taken, TRUE);
	event_base_free(fixture->base);
}

/* The client's end. */
struct client {
	struct fixture *fixture;
	int fd;
	bool is_closed; /* the server has closed */
	GString *heard;
};

/* Returns the server's end. */
static int
client_connect(struct client *client, struct fixture *fixture)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	*client = (struct client){.fixture = fixture, .fd = fds[0], .heard = g_string_new(NULL)};
	return fds[1];
}

static void
client_open(struct client *client, struct fixture *fixture)
{
	int fd = client_connect(client, fixture);

	session_start(fixture->server, &fixture->listener, fd, "192.0.2.1");
}

/* By way of a balancer. */
static void
client_open_proxied(struct client *client, struct fixture *fixture)
{
	int fd = client_connect(client, fixture);

	session_start_proxied(fixture->server, &fixture->listener, fd, "192.0.2.99");
}

static void
client_close(struct client *client)
{
	close(client->fd);
	g_string_free(client->heard, TRUE);
}

static bool
client_hear(struct client *client)
{
	char bytes[4096];
	ssize_t count = recv(client->fd, bytes, sizeof(bytes), 0);

	if (count > 0)
		g_string_append_len(client->heard, bytes, count);
	if (count == 0)
		client->is_closed = true;
	return count > 0;
}

static void
client_settle(struct client *client)
{
	for (int quiet = 0; quiet < QUIET_TURNS; quiet++) {
		event_base_loop(client->fixture->base, EVLOOP_NONBLOCK);
		if (client_hear(client))
			quiet = 0;
	}
}

static void
client_say(struct client *client, const char *bytes, size_t length, size_t piece)
{
	for (size_t at = 0; at < length; at += piece) {
		size_t wanted = MIN(piece, length - at);

		if (send(client->fd, bytes + at, wanted, MSG_NOSIGNAL) < 0)
			break;
		client_settle(client);
	}
	client_settle(client);
}

static void
client_say_text(struct client *client, const char *text)
{
	client_say(client, text, strlen(text), SIZE_MAX / 2);
}

#define GREETING "220 relay.test ESMTP Bracemail\r\n"
#define EHLO_START                                                                                 \
	"250-relay.test\r\n250-PIPELINING\r\n250-SIZE 5000\r\n250-8BITMIME\r\n250-CHUNKING\r\n250-SMTPUTF8\r\n250-DSN\r\n"
#define EHLO EHLO_START "250 ENHANCEDSTATUSCODES\r\n"
#define EHLO_AUTH EHLO_START "250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES\r\n"
#define MAIL_OK "250 2.1.0 Ok\r\n"
#define RCPT_OK "250 2.1.5 Ok\r\n"
#define OK "250 2.0.0 Ok\r\n"
#define GO_AHEAD "354 end with CR LF . CR LF\r\n"
#define TAKEN "250 2.0.0 taken\r\n"
#define BYE "221 2.0.0 Bye\r\n"
#define BARE "521 5.5.2 a line ends with CR LF, and holds neither alone\r\n"
#define BARE_DATA "554 5.5.2 lines end with CR LF, and hold neither alone\r\n"
#define TOO_MANY "421 4.7.0 too many errors\r\n"
#define UNKNOWN "500 5.5.2 this command is not known\r\n"
#define TRANSACTION_AGAIN "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
#define TRANSACTION "EHLO c\r\n" TRANSACTION_AGAIN
#define BEGUN EHLO MAIL_OK RCPT_OK
#define BDAT_WHAT "501 5.5.4 say BDAT, the number of bytes, and LAST with the last of them\r\n"
#define WRONG "535 5.7.8 user name or password wrong\r\n"

enum ending { STAYS, CLOSES };

struct dialogue {
	const char *said;
	const char *heard; /* after the greeting */
	const char *taken;
	enum ending ending;
};

static const struct dialogue dialogues[] = {
    {"QUIT\r\n", BYE, "", CLOSES},
    {"EHLO c\r\nNOOP\r\nnoop x\r\nQUIT\r\n", EHLO OK OK BYE, "", CLOSES},
    {"HELO c\r\nQUIT\r\n", "250 relay.test\r\n" BYE, "", CLOSES},
    {"EHLO\r\n", "501 5.5.4 say your host name after EHLO or HELO\r\n", "", STAYS},
    {"VRFY x\r\nVRFY\r\nEXPN x\r\nHELP\r\n",
	"252 2.5.0 send the mail and we will try\r\n501 5.5.4 say whom to verify\r\n"
	"502 5.5.1 there are no lists to expand\r\n"
	"214 2.0.0 EHLO HELO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT\r\n",
	"", STAYS},
    /* messages, pipelined */
    {"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nS: 1\r\n\r\nx\r\n..\r\n.\r\nQUIT\r\n",
	EHLO MAIL_OK RCPT_OK GO_AHEAD TAKEN BYE, "ESMTP a@b>c@d:S: 1\r\n|\r\nx\r\n.\r\n\n", CLOSES},
    {"EHLO c\r\nMAIL FROM:<later-a@b>\r\nRCPT TO:<later-c@d>\r\nRCPT TO:<later-no-e@f>\r\n"
     "RCPT TO:<g@h>\r\nDATA\r\nS: 1\r\n.\r\nMAIL FROM:<> SIZE=10 BODY=8BITMIME AUTH=<>\r\n"
     "RCPT TO:<i@j>\r\nDATA\r\n\r\n.\r\nNOOP\r\n",
	EHLO MAIL_OK RCPT_OK
	"550 5.1.1 no\r\n" RCPT_OK GO_AHEAD TAKEN MAIL_OK RCPT_OK GO_AHEAD TAKEN OK,
	"ESMTP later-a@b>later-c@d,g@h:S: 1\r\n|\nESMTP >i@j:|\r\n\n", STAYS},
    {"HELO c\r\nMAIL FROM:<a@b>\r\nRCPT TO: <c@d>\r\nDATA\r\nS: 1\r\n.\r\n",
	"250 relay.test\r\n" MAIL_OK RCPT_OK GO_AHEAD TAKEN, "SMTP a@b>c@d:S: 1\r\n|\n", STAYS},
    /* in chunks: a dot is a dot, a chunk ends anywhere, the last line gets its end */
    {TRANSACTION "BDAT 16 LAST\r\nS: 1\r\n\r\n.\r\n..x\r\nQUIT\r\n", BEGUN TAKEN BYE,
	"ESMTP a@b>c@d:S: 1\r\n|\r\n.\r\n..x\r\n\n", CLOSES},
    {TRANSACTION "BDAT 5\r\nS: 1\rBDAT 3\r\n\n\r\nBDAT 0\r\nbdat 1  last\r\nyNOOP\r\n",
	BEGUN
	"250 2.0.0 5 bytes taken\r\n250 2.0.0 3 bytes taken\r\n250 2.0.0 0 bytes taken\r\n" TAKEN
	    OK,
	"ESMTP a@b>c@d:S: 1\r\n|\r\ny\r\n\n", STAYS},
    {TRANSACTION "BDAT 6\r\nS: 1\r\nBDAT 0 LAST\r\n" TRANSACTION_AGAIN "DATA\r\nT: 1\r\n.\r\n",
	BEGUN "250 2.0.0 6 bytes taken\r\n" TAKEN MAIL_OK RCPT_OK GO_AHEAD TAKEN,
	"ESMTP a@b>c@d:S: 1\r\n|\nESMTP a@b>c@d:T: 1\r\n|\n", STAYS},
    /* chunks that nobody wants are no commands */
    {"EHLO c\r\nBDAT 6\r\nQUIT\r\nMAIL FROM:<a@b>\r\nBDAT 6 LAST\r\nQUIT\r\nBDAT 0\r\nNOOP\r\n",
	EHLO "503 5.5.1 say MAIL first\r\n" MAIL_OK "554 5.5.1 no recipient was accepted\r\n"
	     "554 5.5.1 no recipient was accepted\r\n" OK,
	"", STAYS},
    {TRANSACTION
	"BDAT 6\r\nS: 1\r\nDATA\r\nRCPT TO:<e@f>\r\nMAIL FROM:<e@f>\r\nRSET\r\nBDAT 1\r\nx",
	BEGUN "250 2.0.0 6 bytes taken\r\n503 5.5.1 this message comes by BDAT\r\n"
	      "503 5.5.1 recipients come before BDAT\r\n503 5.5.1 a transaction is under way\r\n" OK
	      "503 5.5.1 say MAIL first\r\n" TOO_MANY,
	"", CLOSES},
    /* where a chunk ends is not known: the connection does */
    {TRANSACTION "BDAT\r\nNOOP\r\n", BEGUN BDAT_WHAT, "", CLOSES},
    {TRANSACTION "BDAT 5 FIRST\r\nNOOP\r\n", BEGUN BDAT_WHAT, "", CLOSES},
    {TRANSACTION "BDAT -1\r\nNOOP\r\n", BEGUN BDAT_WHAT, "", CLOSES},
    {TRANSACTION "BDAT 18446744073709551616 LAST\r\nNOOP\r\n", BEGUN BDAT_WHAT, "", CLOSES},
    /* newlines, in a chunk and where two meet */
    {TRANSACTION "BDAT 7 LAST\r\nS: 1\nx\nNOOP\r\n", BEGUN BARE_DATA, "", CLOSES},
    {TRANSACTION "BDAT 5\r\nS: 1\rBDAT 1 LAST\r\nx", BEGUN "250 2.0.0 5 bytes taken\r\n" BARE_DATA,
	"", CLOSES},
    {TRANSACTION "BDAT 5 LAST\r\nS: 1\r", BEGUN BARE_DATA, "", CLOSES},
    {TRANSACTION "BDAT 7 LAST\r\nS: 1\r\n\r", BEGUN BARE_DATA, "", CLOSES},
    /* SMTPUTF8 */
    {"EHLO c\r\nMAIL FROM:<a@b> SMTPUTF8\r\nRCPT TO:<\xc3\xb6@d>\r\nDATA\r\nS: 1\r\n.\r\n",
	EHLO MAIL_OK RCPT_OK GO_AHEAD TAKEN, "UTF8SMTP a@b>\xc3\xb6@d:S: 1\r\n|[utf8]\n", STAYS},
    {"EHLO c\r\nMAIL FROM:<a@b> SMTPUTF8\r\nRCPT TO:<c@d>\r\nDATA\r\nS: 1\r\n.\r\n",
	EHLO MAIL_OK RCPT_OK GO_AHEAD TAKEN, "UTF8SMTP a@b>c@d:S: 1\r\n|\n", STAYS},
    {"EHLO c\r\nMAIL FROM:<\xc3\xb6@b>\r\nMAIL FROM:<a@b>\r\nRCPT TO:<\xc3\xb6@d>\r\n",
	EHLO "553 5.6.7 this address needs SMTPUTF8\r\n" MAIL_OK
	     "553 5.6.7 this address needs SMTPUTF8\r\n",
	"", STAYS},
    /* order */
    {"MAIL FROM:<a@b>\r\nEHLO c\r\nRCPT TO:<a@b>\r\nDATA\r\n",
	"503 5.5.1 say EHLO first\r\n" EHLO
	"503 5.5.1 say MAIL first\r\n503 5.5.1 say MAIL first\r\n",
	"", STAYS},
    {"EHLO c\r\nMAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\nDATA\r\nRSET\r\nRSET x\r\nMAIL FROM:<a@b>\r\n",
	EHLO MAIL_OK "503 5.5.1 a transaction is under way\r\n"
		     "554 5.5.1 no recipient was accepted\r\n" OK
		     "501 5.5.4 RSET takes no argument\r\n" MAIL_OK,
	"", STAYS},
    {"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nEHLO c\r\nDATA\r\n",
	EHLO MAIL_OK RCPT_OK EHLO "503 5.5.1 say MAIL first\r\n", "", STAYS},
    /* parameters and limits */
    {"EHLO c\r\nMAIL FROM:<a@b> SIZE=5001\r\nMAIL FROM:<a@b> SIZE=x\r\nMAIL FROM:<a@b> X=1\r\n",
	EHLO "552 5.3.4 a message has at most 5000 bytes\r\n501 5.5.4 SIZE is a number of bytes\r\n"
	     "555 5.5.4 a parameter is not known\r\n",
	"", STAYS},
    {"EHLO c\r\nMAIL FROM:<a@b> SIZE=5000 SIZE=1\r\nMAIL FROM:<a@b> BODY=BINARYMIME\r\n"
     "MAIL FROM:<a@b> SIZE=\r\n",
	EHLO
	"501 5.5.4 a parameter stands twice\r\n504 5.5.4 BINARYMIME is not offered: say 8BITMIME\r\n"
	"501 5.5.4 a parameter is malformed\r\n",
	"", STAYS},
    {"EHLO c\r\nMAIL FROM:a@b\r\nMAIL a@b\r\nMAIL FROM:<a@b>\r\nRCPT TO:<>\r\n",
	EHLO
	"501 5.1.7 put the address in angle brackets\r\n501 5.5.4 say MAIL FROM:<address>\r\n" MAIL_OK
	"501 5.1.3 a recipient needs an address\r\n",
	"", STAYS},
    {"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c>\r\nRCPT TO:<c@d> NOTIFY=NEVER\r\nRCPT c@d\r\n",
	EHLO MAIL_OK "501 5.1.3 the address has no domain\r\n" RCPT_OK
		     "501 5.5.4 say RCPT TO:<address>\r\n",
	"", STAYS},
    /* DSN: what a refused RCPT asked for is not the next one's */
    {"EHLO c\r\nMAIL FROM:<a@b> RET=HDRS ENVID=x+2By\r\nRCPT TO:<c@d> NOTIFY=SUCCESS,DELAY "
     "ORCPT=rfc822;o@d\r\nRCPT TO:<no-1@d> NOTIFY=NEVER ORCPT=rfc822;no@d\r\nRCPT TO:<later-e@d>\r\n"
     "DATA\r\nS: 1\r\n.\r\n",
	EHLO MAIL_OK RCPT_OK "550 5.1.1 no\r\n" RCPT_OK GO_AHEAD TAKEN,
	"ESMTP a@b>[2 x+2By]c@d[5 rfc822;o@d],later-e@d:S: 1\r\n|\n", STAYS},
    {"EHLO c\r\nMAIL FROM:<a@b> RET=ALL\r\nMAIL FROM:<a@b> RET\r\nMAIL FROM:<a@b> ENVID=+2x\r\n",
	EHLO "501 5.5.4 RET is FULL or HDRS\r\n501 5.5.4 RET is FULL or HDRS\r\n"
	     "501 5.5.4 ENVID is xtext of at most 100 characters\r\n",
	"", STAYS},
    {"EHLO c\r\nMAIL FROM:<a@b> RET=FULL RET=HDRS\r\nMAIL FROM:<a@b> NOTIFY=NEVER\r\n",
	EHLO "501 5.5.4 a parameter stands twice\r\n555 5.5.4 a parameter is not known\r\n", "",
	STAYS},
    {"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d> NOTIFY=NEVER,DELAY\r\nRCPT TO:<c@d> ORCPT=c@d\r\n"
     "RCPT TO:<c@d> NOTIFY=DELAY NOTIFY=DELAY\r\nRCPT TO:<c@d> RET=FULL\r\n",
	EHLO MAIL_OK
	"501 5.5.4 NOTIFY is NEVER, or some of SUCCESS, FAILURE and DELAY\r\n"
	"501 5.5.4 ORCPT is type;xtext of at most 500 characters\r\n"
	"501 5.5.4 a parameter stands twice\r\n555 5.5.4 a parameter is not known\r\n" TOO_MANY,
	"", CLOSES},
    {"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<1@d>\r\nRCPT TO:<2@d>\r\nRCPT TO:<3@d>\r\nRCPT TO:<4@d>\r\n",
	EHLO MAIL_OK RCPT_OK RCPT_OK RCPT_OK "452 4.5.3 too many recipients in one transaction\r\n",
	"", STAYS},
    {"A\r\nB\r\nC\r\nD\r\nNOOP\r\n", UNKNOWN UNKNOWN UNKNOWN UNKNOWN TOO_MANY, "", CLOSES},
    /* a message that is taken forgives errors before it */
    {"A\r\nB\r\nC\r\nEHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nS: 1\r\n.\r\nA\r\nB\r\nC\r\n",
	UNKNOWN UNKNOWN UNKNOWN EHLO MAIL_OK RCPT_OK GO_AHEAD TAKEN UNKNOWN UNKNOWN UNKNOWN,
	"ESMTP a@b>c@d:S: 1\r\n|\n", STAYS},
    /* line ends */
    {"EHLO c\nNOOP\r\n", BARE, "", CLOSES},
    {"EHLO c\rx\r\nNOOP\r\n", BARE, "", CLOSES},
    {"\n", BARE, "", CLOSES},
    {"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\n.\nMAIL FROM:<a@b>\r\n.\r\nNOOP\r\n",
	EHLO MAIL_OK RCPT_OK GO_AHEAD BARE_DATA, "", CLOSES},
    /* no TLS */
    {"EHLO c\r\nSTARTTLS\r\nSTARTTLS x\r\nAUTH PLAIN AGEAc2VjcmV0\r\nNOOP\r\n",
	EHLO "454 4.7.0 TLS is not available\r\n501 5.5.4 STARTTLS takes no argument\r\n"
	     "538 5.7.11 passwords only after STARTTLS\r\n" OK,
	"", STAYS},
};

static const struct dialogue auth_dialogues[] = {
    {"AUTH PLAIN\r\nHELO c\r\nAUTH PLAIN\r\n",
	"503 5.5.1 say EHLO first\r\n250 relay.test\r\n503 5.5.1 say EHLO first\r\n", "", STAYS},
    /* "\0a\0secret", "a\0a\0secret", "\0later-a\0secret", "\0a\0wrong", "b\0a\0secret" */
    {"EHLO c\r\nAUTH PLAIN AGEAc2VjcmV0\r\nAUTH PLAIN AGEAc2VjcmV0\r\nEHLO c\r\n",
	EHLO_AUTH "235 2.7.0 yes\r\n503 5.5.1 you are authenticated already\r\n" EHLO, "", STAYS},
    {"EHLO c\r\nAUTH plain YQBhAHNlY3JldA==\r\n", EHLO_AUTH "235 2.7.0 yes\r\n", "", STAYS},
    {"EHLO c\r\nAUTH PLAIN\r\nAGxhdGVyLWEAc2VjcmV0\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
     "DATA\r\nS: 1\r\n.\r\n",
	EHLO_AUTH "334 \r\n235 2.7.0 yes\r\n" MAIL_OK RCPT_OK GO_AHEAD TAKEN,
	"ESMTPA a@b>c@d:S: 1\r\n|\n", STAYS},
    {"EHLO c\r\nAUTH PLAIN AGEAd3Jvbmc=\r\nAUTH PLAIN YgBhAHNlY3JldA==\r\nNOOP\r\n",
	EHLO_AUTH "535 5.7.8 no\r\n501 5.5.2 this is no PLAIN message\r\n" OK, "", STAYS},
    {"EHLO c\r\nAUTH LOGIN\r\nYQ==\r\nc2VjcmV0\r\n",
	EHLO_AUTH "334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 2.7.0 yes\r\n", "", STAYS},
    {"EHLO c\r\nAUTH LOGIN YQ==\r\nc2VjcmV0\r\n", EHLO_AUTH "334 UGFzc3dvcmQ6\r\n235 2.7.0 yes\r\n",
	"", STAYS},
    {"EHLO c\r\nAUTH LOGIN =\r\nc2VjcmV0\r\nAUTH LOGIN YQ==\r\n\r\n",
	EHLO_AUTH "334 UGFzc3dvcmQ6\r\n" WRONG "334 UGFzc3dvcmQ6\r\n" WRONG, "", STAYS},
    {"EHLO c\r\nAUTH PLAIN\r\n*\r\nAUTH LOGIN YQ==\r\n*\r\nNOOP\r\n",
	EHLO_AUTH "334 \r\n501 5.7.0 authentication cancelled\r\n334 UGFzc3dvcmQ6\r\n"
		  "501 5.7.0 authentication cancelled\r\n" OK,
	"", STAYS},
    {"EHLO c\r\nAUTH PLAIN AGE\r\nAUTH LOGIN\r\nY?==\r\nAUTH PLAIN ====\r\n",
	EHLO_AUTH "501 5.5.2 this is not base64\r\n334 VXNlcm5hbWU6\r\n"
		  "501 5.5.2 this is not base64\r\n501 5.5.2 this is not base64\r\n",
	"", STAYS},
    {"EHLO c\r\nAUTH\r\nAUTH CRAM-MD5\r\nMAIL FROM:<a@b>\r\nAUTH PLAIN\r\n",
	EHLO_AUTH "504 5.5.4 say AUTH PLAIN or AUTH LOGIN\r\n"
		  "504 5.5.4 say AUTH PLAIN or AUTH LOGIN\r\n" MAIL_OK
		  "503 5.5.1 not within a transaction\r\n",
	"", STAYS},
    /* "\0\xff\0secret": a name that is not UTF-8 */
    {"EHLO c\r\nAUTH PLAIN AP8Ac2VjcmV0\r\n", EHLO_AUTH WRONG, "", STAYS},
};

static const struct dialogue normalized_dialogues[] = {
    {"EHLO c\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\nDATA\nS: 1\n\nx\n.\nMAIL FROM:<e@b>\r\n.\r\nNOOP\n",
	EHLO MAIL_OK RCPT_OK GO_AHEAD TAKEN OK,
	"ESMTP a@b>c@d:S: 1\r\n|\r\nx\r\n.\r\nMAIL FROM:<e@b>\r\n\n", STAYS},
    /* a CR within a command is nobody's line end */
    {"EHLO c\rx\nNOOP\r\n", BARE, "", CLOSES},
    {"NOOP\r\r\n", BARE, "", CLOSES},
    {"\n", UNKNOWN, "", STAYS},
};

static const struct network_list nowhere = {NULL, 0};

static void
run_dialogue(const struct dialogue *dialogue, const struct network_list *plaintext,
    const struct network_list *bare_newlines, size_t piece)
{
	struct fixture fixture;
	struct client client;
	GString *expected = g_string_new(GREETING);

	g_string_append(expected, dialogue->heard);
	fixture_open(&fixture);
	fixture.settings.plaintext_networks = *plaintext;
	fixture.settings.bare_newline_networks = *bare_newlines;
	client_open(&client, &fixture);
	client_say(&client, dialogue->said, strlen(dialogue->said), piece);
	assert_string_equal(client.heard->str, expected->str);
	assert_string_equal(fixture.fake.taken->str, dialogue->taken);
	assert_int_equal(client.is_closed, dialogue->ending == CLOSES);
	client_close(&client);
	fixture_close(&fixture);
	g_string_free(expected, TRUE);
}

static void
test_dialogues(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(dialogues); i++) {
		run_dialogue(&dialogues[i], &nowhere, &nowhere, SIZE_MAX / 2);
		run_dialogue(&dialogues[i], &nowhere, &nowhere, 1);
	}
}

static void
test_normalized_dialogues(void **state)
{
	struct network network;
	const struct network_list known = {&network, 1};

	(void)state;
	assert_true(network_parse("192.0.2.0/24", &network));
	for (size_t i = 0; i < ROWS(normalized_dialogues); i++) {
		run_dialogue(&normalized_dialogues[i], &nowhere, &known, SIZE_MAX / 2);
		run_dialogue(&normalized_dialogues[i], &nowhere, &known, 1);
	}
}

static void
test_auth_dialogues(void **state)
{
	struct network network;
	const struct network_list trusted = {&network, 1};

	(void)state;
	assert_true(network_parse("192.0.2.0/24", &network));
	for (size_t i = 0; i < ROWS(auth_dialogues); i++) {
		run_dialogue(&auth_dialogues[i], &trusted, &nowhere, SIZE_MAX / 2);
		run_dialogue(&auth_dialogues[i], &trusted, &nowhere, 1);
	}
}

struct length_row {
	size_t length; /* of the line, CR LF and all */
	const char *heard;
	enum ending ending;
};

static void
test_long_lines(void **state)
{
	static const struct length_row rows[] = {
	    {2048, OK, STAYS},
	    {2049, "500 5.5.6 the line is too long\r\n", STAYS},
	    {100000, "500 5.5.6 the line is too long\r\n", STAYS},
	};
	static const size_t pieces[] = {1000, 2047, 2048, 2049, SIZE_MAX / 2};

	(void)state;
	for (size_t i = 0; i < ROWS(rows) * ROWS(pieces); i++) {
		const struct length_row *row = &rows[i % ROWS(rows)];
		GString *line = g_string_new("NOOP ");
		struct fixture fixture;
		struct client client;

		while (line->len < row->length - 2)
			g_string_append_c(line, 'x');
		g_string_append(line, "\r\nQUIT\r\n");
		fixture_open(&fixture);
		client_open(&client, &fixture);
		client_say(&client, line->str, line->len, pieces[i / ROWS(rows)]);
		g_string_assign(line, GREETING);
		g_string_append(line, row->heard);
		g_string_append(line, BYE);
		assert_string_equal(client.heard->str, line->str);
		assert_true(client.is_closed);
		client_close(&client);
		fixture_close(&fixture);
		g_string_free(line, TRUE);
	}
}

/* What arrives beyond the limit is read to the end, and the session goes on. */
static void
test_large_message(void **state)
{
	GString *data = g_string_new("S: 1\r\n\r\n");
	struct fixture fixture;
	struct client client;

	(void)state;
	while (data->len <= MESSAGE_MAX)
		g_string_append(data, "0123456789012345678901234567890123456789\r\n");
	g_string_append(data, ".\r\nNOOP\r\n");
	fixture_open(&fixture);
	client_open(&client, &fixture);
	client_say_text(&client, "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
	g_string_truncate(client.heard, 0);
	client_say(&client, data->str, data->len, 1000);
	assert_string_equal(client.heard->str, "552 5.3.4 a message has at most 5000 bytes\r\n" OK);
	assert_string_equal(fixture.fake.taken->str, "");
	client_close(&client);
	fixture_close(&fixture);
	g_string_free(data, TRUE);
}

/* A client that closes its side still hears what it asked. */
static void
test_half_close(void **state)
{
	struct fixture fixture;
	struct client client;

	(void)state;
	fixture_open(&fixture);
	client_open(&client, &fixture);
	assert_true(send(client.fd, "EHLO c\r\nMAIL FROM:<later-a@b>\r\nNOOP\r\nNOO", 41, 0) > 0);
	shutdown(client.fd, SHUT_WR);
	client_settle(&client);
	assert_string_equal(client.heard->str, GREETING EHLO MAIL_OK OK);
	assert_true(client.is_closed);
	assert_int_equal(fixture.fake.visits, 0);
	client_close(&client);
	fixture_close(&fixture);
}

#define TO_DATA "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
#define TO_DATA_HEARD GREETING EHLO MAIL_OK RCPT_OK GO_AHEAD

/* With the budget spent, one session goes on, the other waits until the first is answered. */
static void
test_memory_is_short(void **state)
{
	struct client first, second;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.fake.budget.limit = 10;
	client_open(&first, &fixture);
	client_open(&second, &fixture);
	client_say_text(&first, TO_DATA "Subject: first\r\n");
	client_say_text(&second, TO_DATA);
	client_say_text(&first, "X: 1\r\n");
	client_say_text(&second, "Subject: second\r\n.\r\nNOOP\r\n");
	assert_string_equal(second.heard->str, TO_DATA_HEARD);
	assert_string_equal(fixture.fake.taken->str, "");
	client_say_text(&first, ".\r\n");
	client_settle(&second);
	assert_string_equal(first.heard->str, TO_DATA_HEARD TAKEN);
	assert_string_equal(second.heard->str, TO_DATA_HEARD TAKEN OK);
	assert_string_equal(fixture.fake.taken->str,
	    "ESMTP a@b>c@d:Subject: first\r\nX: 1\r\n|\nESMTP a@b>c@d:Subject: second\r\n|\n");
	client_close(&first);
	client_close(&second);
	fixture_close(&fixture);
}

/* The turn passes on when its holder is gone; so it does when others give memory back. */
static void
test_memory_turn_passes(void **state)
{
	struct client first, second, third;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.fake.budget.limit = 10;
	memory_budget_take(&fixture.fake.budget, 10);
	client_open(&first, &fixture);
	client_open(&second, &fixture);
	client_open(&third, &fixture);
	client_say_text(&first, TO_DATA "S: 1\r\n");
	client_say_text(&second, TO_DATA "S: 2\r\n.\r\n");
	client_say_text(&third, TO_DATA "S: 3\r\n.\r\n");
	assert_string_equal(second.heard->str, TO_DATA_HEARD);
	client_close(&first);
	client_settle(&second);
	assert_string_equal(second.heard->str, TO_DATA_HEARD TAKEN);
	memory_budget_release(&fixture.fake.budget, 10);
	client_settle(&third);
	assert_string_equal(third.heard->str, TO_DATA_HEARD TAKEN);
	client_close(&second);
	client_close(&third);
	fixture_close(&fixture);
}

static void
note_drained(void *arg)
{
	*(bool *)arg = true;
}

/* Between messages: 421. Within DATA: the message is finished first. */
static void
test_drain(void **state)
{
	static const char stopping[] = "421 4.3.2 this server is being stopped: try again\r\n";
	struct client idle, sending;
	struct fixture fixture;
	bool drained = false;

	(void)state;
	fixture_open(&fixture);
	client_open(&idle, &fixture);
	client_open(&sending, &fixture);
	client_say_text(&sending, TO_DATA "S: 1\r\n");
	receive_server_drain(fixture.server, 0, note_drained, &drained);
	client_settle(&idle);
	assert_non_null(strstr(idle.heard->str, stopping));
	assert_true(idle.is_closed);
	client_close(&idle);
	client_settle(&sending);
	assert_false(drained);
	client_say_text(&sending, ".\r\nNOOP\r\n");
	assert_non_null(strstr(sending.heard->str, TAKEN));
	assert_non_null(strstr(sending.heard->str, stopping));
	client_close(&sending);
	for (int turn = 0; turn < QUIET_TURNS; turn++)
		event_base_loop(fixture.base, EVLOOP_NONBLOCK);
	assert_true(drained);
	fixture_close(&fixture);
}

/* Who talks may go on, and leave by himself. */
static void
test_drain_with_grace(void **state)
{
	struct client talking;
	struct fixture fixture;
	bool drained = false;

	(void)state;
	fixture_open(&fixture);
	client_open(&talking, &fixture);
	client_say_text(&talking, "EHLO c.example\r\n");
	receive_server_drain(fixture.server, 60, note_drained, &drained);
	client_say_text(&talking, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n");
	client_say_text(&talking, "DATA\r\nS: 1\r\n.\r\n");
	assert_non_null(strstr(talking.heard->str, TAKEN));
	client_say_text(&talking, "QUIT\r\n");
	assert_null(strstr(talking.heard->str, "421"));
	assert_true(talking.is_closed);
	client_close(&talking);
	while (!drained)
		event_base_loop(fixture.base, EVLOOP_ONCE);
	fixture_close(&fixture);
}

/* A session that ends while the backend thinks withdraws its question. */
static void
test_gone_while_asked(void **state)
{
	struct fixture fixture;
	struct client client;

	(void)state;
	fixture_open(&fixture);
	fixture.fake.holds_messages = true;
	client_open(&client, &fixture);
	client_say_text(&client, TO_DATA "S: 1\r\n.\r\n");
	assert_string_equal(fixture.fake.taken->str, "ESMTP a@b>c@d:S: 1\r\n|\n");
	client_close(&client);
	fixture_close(&fixture);
}

static void
test_silence(void **state)
{
	struct fixture fixture;
	struct client client;

	(void)state;
	fixture_open(&fixture);
	fixture.settings.limits.command_seconds = 1;
	client_open(&client, &fixture);
	while (!client.is_closed) {
		event_base_loop(fixture.base, EVLOOP_ONCE);
		client_settle(&client);
	}
	assert_string_equal(client.heard->str, GREETING "421 4.4.2 nothing came for too long\r\n");
	client_close(&client);
	fixture_close(&fixture);
}

/* Who does not read replies is not read from either: what piles up is bounded. */
static void
test_replies_not_read(void **state)
{
	enum { FLOOD = 16 << 20 };
	static const char noop[] = "NOOP\r\n";
	struct fixture fixture;
	struct client client;
	size_t sent = 0;
	int full = 0;

	(void)state;
	fixture_open(&fixture);
	client_open(&client, &fixture);
	while (full < QUIET_TURNS && sent < FLOOD) {
		size_t said = sent % strlen(noop); /* of the command that was cut */
		ssize_t count = send(client.fd, noop + said, strlen(noop) - said, MSG_NOSIGNAL);

		if (count > 0) {
			sent += (size_t)count;
			full = 0;
			continue;
		}
		event_base_loop(fixture.base, EVLOOP_NONBLOCK);
		full++;
	}
	assert_true(sent < FLOOD);
	client_settle(&client);
	assert_int_equal(client.heard->len, strlen(GREETING) + sent / strlen(noop) * strlen(OK));
	client_close(&client);
	fixture_close(&fixture);
}

#define PROXY_FROM(last)                                                                           \
	"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2" last "\xc6\x33\x64\1\x30\x39\0\x19"

struct proxy_row {
	const char *said;
	size_t length;
	const char *heard;
	enum ending ending;
};

/* The backend expects 192.0.2.1 alone. */
static void
test_proxied(void **state)
{
	static const char told[] = PROXY_FROM("\1") "QUIT\r\n";
	static const char wrong[] = "EHLO c\r\n";
	static const struct proxy_row rows[] = {
	    {told, sizeof(told) - 1, GREETING BYE, CLOSES},
	    {told, sizeof(told) - 1 - 6, GREETING, STAYS},
	    {told, sizeof(told) - 1 - 7, "", STAYS},
	    {wrong, sizeof(wrong) - 1, "", CLOSES},
	};
	static const size_t pieces[] = {1, 7, SIZE_MAX / 2};

	(void)state;
	for (size_t i = 0; i < ROWS(rows) * ROWS(pieces); i++) {
		const struct proxy_row *row = &rows[i % ROWS(rows)];
		struct fixture fixture;
		struct client client;

		fixture_open(&fixture);
		client_open_proxied(&client, &fixture);
		client_say(&client, row->said, row->length, pieces[i / ROWS(rows)]);
		assert_string_equal(client.heard->str, row->heard);
		assert_int_equal(client.is_closed, row->ending == CLOSES);
		client_close(&client);
		fixture_close(&fixture);
	}
}

/* The limit is the client's, not the balancer's. */
static void
test_proxied_clients_are_counted(void **state)
{
	static const char header[] = PROXY_FROM("\1");
	struct client first, second;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.settings.limits.address_connections = 1;
	client_open_proxied(&first, &fixture);
	client_open_proxied(&second, &fixture);
	client_say(&first, header, sizeof(header) - 1, SIZE_MAX / 2);
	client_say(&second, header, sizeof(header) - 1, SIZE_MAX / 2);
	assert_string_equal(first.heard->str, GREETING);
	assert_string_equal(
	    second.heard->str, "421 4.7.0 too many connections from your address\r\n");
	assert_true(second.is_closed);
	client_close(&second);
	client_close(&first);
	for (int turn = 0; turn < QUIET_TURNS; turn++)
		event_base_loop(fixture.base, EVLOOP_NONBLOCK);
	client_open_proxied(&first, &fixture);
	client_say(&first, header, sizeof(header) - 1, SIZE_MAX / 2);
	assert_string_equal(first.heard->str, GREETING);
	client_close(&first);
	fixture_close(&fixture);
}

/* However steadily it comes. */
static void
test_proxy_header_is_late(void **state)
{
	struct fixture fixture;
	struct client client;

	(void)state;
	fixture_open(&fixture);
	fixture.settings.limits.proxy_seconds = 1;
	client_open_proxied(&client, &fixture);
	client_say(&client, "\r\n\r", 3, 1);
	while (!client.is_closed) {
		event_base_loop(fixture.base, EVLOOP_ONCE);
		client_settle(&client);
	}
	assert_string_equal(client.heard->str, "");
	client_close(&client);
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dialogues),
	    cmocka_unit_test(test_normalized_dialogues),
	    cmocka_unit_test(test_auth_dialogues),
	    cmocka_unit_test(test_long_lines),
	    cmocka_unit_test(test_large_message),
	    cmocka_unit_test(test_half_close),
	    cmocka_unit_test(test_memory_is_short),
	    cmocka_unit_test(test_memory_turn_passes),
	    cmocka_unit_test(test_drain),
	    cmocka_unit_test(test_drain_with_grace),
	    cmocka_unit_test(test_gone_while_asked),
	    cmocka_unit_test(test_silence),
	    cmocka_unit_test(test_replies_not_read),
	    cmocka_unit_test(test_proxied),
	    cmocka_unit_test(test_proxied_clients_are_counted),
	    cmocka_unit_test(test_proxy_header_is_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
