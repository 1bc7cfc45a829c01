/* Which characters a text is made of. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether no byte is beyond ASCII. */
bool text_is_ascii(const char *text, size_t length);

/* Whether there is a control character (Unicode's category Cc) in it. text: valid UTF-8. */
bool text_has_control(const char *text, size_t length);

#endif
