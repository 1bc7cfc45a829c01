/* What a name of an account, of a group or of a field is made of. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stdbool.h>

#include "base/error.h"

/* Whether it has 1 to characters_max characters of UTF-8, none of them a control character. error: why not, as the
 * end of a sentence ("is empty"). name: any bytes. */
bool name_check(const char *name, long characters_max, struct error *error);

#endif
