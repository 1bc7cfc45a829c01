/* What a single value of the configuration may be. */
#ifndef SERVER_CONFIG_VALUE_H
#define SERVER_CONFIG_VALUE_H

#include <confuse.h>

#include "base/error.h"

/* The position of text among the names that this key may have; the key must be one of choices and
 * text one that config_value_check() let pass. key: "log|level". */
int config_value_choice(const char *key, const char *text);

/* Checks element `index` of an option just set. key: "section|option" or "option". */
bool config_value_check(const char *key, cfg_opt_t *option, unsigned index, struct error *error);

#endif
