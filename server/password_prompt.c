#include "server/password_prompt.h"

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

static volatile sig_atomic_t prompt_signal;

static void
prompt_on_signal(int number)
{
	prompt_signal = number;
}

/* Reading ends with a signal. before: of each, for prompt_give_signals(). */
static void
prompt_take_signals(struct sigaction before[G_N_ELEMENTS(prompt_signals)])
{
	struct sigaction take = {.sa_handler = prompt_on_signal};

	prompt_signal = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(prompt_signals); i++)
		sigaction(prompt_signals[i], &take, &before[i]);
}

/* What came meanwhile does what it would have done. */
static void
prompt_give_signals(const struct sigaction before[G_N_ELEMENTS(prompt_signals)])
{
	for (size_t i = 0; i < G_N_ELEMENTS(prompt_signals); i++)
		sigaction(prompt_signals[i], &before[i], NULL);
	if (prompt_signal != 0)
		raise(prompt_signal);
}

bool
password_ask(char *password, struct error *error)
{
	struct sigaction before[G_N_ELEMENTS(prompt_signals)];
	char again[PASSWORD_PROMPT_SIZE];
	struct termios usual, silent;
	bool done;

	if (tcgetattr(STDIN_FILENO, &usual) != 0)
		return error_set(error, "standard input is no terminal");
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	prompt_take_signals(before);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fputs("Password: ", stderr);
	done = password_read_stdin(password, error);
	if (done) {
		fputs("\nAgain: ", stderr);
		done = password_read_stdin(again, error);
	}
	fputc('\n', stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
	prompt_give_signals(before);
	if (done && strcmp(password, again) != 0)
		done = error_set(error, "the two passwords are not the same");
	explicit_bzero(again, sizeof(again));
	return done;
}
