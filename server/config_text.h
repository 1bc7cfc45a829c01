/*
 * The text of a configuration file with its comments blanked out.
 *
 * libconfuse 3.3 counts a comment as three lines and refuses comments within lists, so it is given
 * text without any: the line numbers of its errors are then true.
 */
#ifndef SERVER_CONFIG_TEXT_H
#define SERVER_CONFIG_TEXT_H

#include "base/error.h"

enum { CONFIG_FILE_MAX = 1 << 20 };

/* Replaces comments (# and // to the end of the line, and the C form) by spaces; line feeds stay. */
void config_text_blank_comments(char *text);

/* The line of the last { that no } closes, which libconfuse takes in silence. 0: none. text: without comments. */
int config_text_find_unclosed(const char *text);

/* Reads the file, blanks its comments. Returns the text for g_free(), or NULL. */
char *config_text_read(const char *path, struct error *error);

#endif
