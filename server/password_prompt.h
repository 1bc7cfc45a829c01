/* A new password from the person at the terminal, or from standard input. */
#ifndef SERVER_PASSWORD_PROMPT_H
#define SERVER_PASSWORD_PROMPT_H

#include "base/error.h"
#include "base/password.h"

enum { PASSWORD_PROMPT_SIZE = PASSWORD_MAX + 1 };

/* The first line of standard input, without its line end. password: PASSWORD_PROMPT_SIZE bytes. */
bool password_read_stdin(char *password, struct error *error);

/* Asks twice, without echo. Standard input must be a terminal. */
bool password_ask(char *password, struct error *error);

#endif
