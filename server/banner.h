/* The first screen of --dev: where everything is, and two commands to paste. */
#ifndef SERVER_BANNER_H
#define SERVER_BANNER_H

#include "server/config.h"

/* Prints to standard output. password: of the demo account. */
void banner_print(const struct config *config, const char *password);

#endif
