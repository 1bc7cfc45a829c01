#include "server/password_prompt.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

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

bool
password_ask(char *password, struct error *error)
{
	char again[PASSWORD_PROMPT_SIZE];
	struct termios usual, silent;
	bool done;

	if (tcgetattr(STDIN_FILENO, &usual) != 0)
		return error_set(error, "standard input is no terminal");
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fputs("Password: ", stderr);
	done = password_read_stdin(password, error);
	if (done) {
		fputs("\nAgain: ", stderr);
		done = password_read_stdin(again, error);
	}
	fputc('\n', stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
	if (done && strcmp(password, again) != 0)
		done = error_set(error, "the two passwords are not the same");
	explicit_bzero(again, sizeof(again));
	return done;
}
