#include "server/password_prompt.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <glib.h>

bool
password_read_stdin(char *password, struct error *error)
{
	char line[PASSWORD_PROMPT_SIZE + 2];
	size_t length;

	if (fgets(line, sizeof(line), stdin) == NULL)
		return error_set(error, "no password on standard input");
	length = strcspn(line, "\r\n");
	if (length == 0)
		return error_set(error, "the password is empty");
	if (length > PASSWORD_MAX)
		return error_set(error, "the password is longer than %d bytes", PASSWORD_MAX);
	memcpy(password, line, length);
	password[length] = '\0';
	explicit_bzero(line, sizeof(line));
	return true;
}

/* Those that end the program, or stop it: the terminal shows again what is typed first. */
static const int prompt_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

struct prompt {
	struct sigaction actions[G_N_ELEMENTS(prompt_signals)];
	sigset_t mask;
	struct termios usual;
};

static volatile sig_atomic_t prompt_signal;

static void
prompt_on_signal(int number)
{
	prompt_signal = number;
}

/* Signals come while the prompt waits, and at no other time. */
static bool
prompt_open(struct prompt *prompt, struct error *error)
{
	struct sigaction take = {.sa_handler = prompt_on_signal};
	struct termios silent;
	sigset_t blocked;

	if (tcgetattr(STDIN_FILENO, &prompt->usual) != 0)
		return error_set(error, "standard input is no terminal");
	prompt_signal = 0;
	sigemptyset(&blocked);
	for (size_t i = 0; i < G_N_ELEMENTS(prompt_signals); i++)
		sigaddset(&blocked, prompt_signals[i]);
	sigprocmask(SIG_BLOCK, &blocked, &prompt->mask);
	for (size_t i = 0; i < G_N_ELEMENTS(prompt_signals); i++)
		sigaction(prompt_signals[i], &take, &prompt->actions[i]);
	silent = prompt->usual;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	return true;
}

/* A signal that came meanwhile does what it would have done. */
static void
prompt_close(const struct prompt *prompt)
{
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &prompt->usual);
	for (size_t i = 0; i < G_N_ELEMENTS(prompt_signals); i++)
		sigaction(prompt_signals[i], &prompt->actions[i], NULL);
	if (prompt_signal != 0)
		raise(prompt_signal);
	sigprocmask(SIG_SETMASK, &prompt->mask, NULL);
}

/* A terminal has something to read when there is a line. */
static bool
prompt_read(const struct prompt *prompt, const char *question, char *password, struct error *error)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	fputs(question, stderr);
	if (ppoll(&input, 1, NULL, &prompt->mask) != 1)
		return error_set(error, "no password was typed");
	return password_read_stdin(password, error);
}

bool
password_ask(char *password, struct error *error)
{
	char again[PASSWORD_PROMPT_SIZE];
	struct prompt prompt;
	bool done;

	if (!prompt_open(&prompt, error))
		return false;
	done = prompt_read(&prompt, "Password: ", password, error) &&
	    prompt_read(&prompt, "\nAgain: ", again, error);
	fputc('\n', stderr);
	prompt_close(&prompt);
	if (done && strcmp(password, again) != 0)
		done = error_set(error, "the two passwords are not the same");
	explicit_bzero(again, sizeof(again));
	return done;
}
