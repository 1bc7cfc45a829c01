/*
 * A screen that is drawn anew: the terminal's alternate screen, in plain ANSI (ECMA-48), which is all that lines of text need; curses would be
 * a library for that. What was on the terminal comes back at the end, also when a signal ends it.
 */
#ifndef SERVER_TOP_SCREEN_H
#define SERVER_TOP_SCREEN_H

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"

/* What a wait ended by. */
enum top_event { TOP_EVENT_TIME, TOP_EVENT_KEY, TOP_EVENT_END };

/* Takes standard output, and standard input's keys where that is a terminal, too. SIGINT, SIGTERM and SIGHUP end the screen from then on. */
bool top_screen_open(struct error *error);
void top_screen_close(void);

/* Draws the lines: cut to the terminal's width and height, as they are now. */
void top_screen_draw(const GPtrArray *lines);

/* Waits for so long at most (milliseconds). TOP_EVENT_END: "q", or a signal. Also without a screen: then a signal alone ends it. */
enum top_event top_screen_wait(int milliseconds);

/* For output without a screen: the same signals end it. */
void top_screen_catch_signals(void);

#endif
