#include "server/top_screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, HEIGHT_DEFAULT = 24 };

static const char screen_begin[] = "\033[?1049h\033[?25l", screen_end[] = "\033[?25h\033[?1049l";

static volatile sig_atomic_t screen_ended;
static bool screen_is_open, screen_has_keys;
static struct termios screen_usual;

/* The second one does not wait for what blocks. */
static void
screen_on_signal(int number)
{
	if (screen_ended++ == 0)
		return;
	if (screen_is_open && write(STDOUT_FILENO, screen_end, sizeof(screen_end) - 1) > 0 &&
	    screen_has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen_usual);
	_exit(128 + number);
}

static void
screen_on_resize(int number)
{
	(void)number;
}

void
top_screen_catch_signals(void)
{
	struct sigaction end = {.sa_handler = screen_on_signal};
	struct sigaction resize = {.sa_handler = screen_on_resize};

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGWINCH, &resize, NULL);
}

bool
top_screen_open(struct error *error)
{
	struct termios keys;

	if (!isatty(STDOUT_FILENO))
		return error_set(error, "standard output is no terminal");
	top_screen_catch_signals();
	screen_has_keys = tcgetattr(STDIN_FILENO, &screen_usual) == 0;
	if (screen_has_keys) {
		keys = screen_usual;
		keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	}
	screen_is_open = true;
	fputs(screen_begin, stdout);
	return true;
}

void
top_screen_close(void)
{
	if (!screen_is_open)
		return;
	fputs(screen_end, stdout);
	fflush(stdout);
	screen_is_open = false;
	if (screen_has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen_usual);
}

/* What of the line has room in so many columns. */
static int
line_bytes(const char *line, int width)
{
	const char *at = line;

	while (*at != '\0') {
		gunichar character = g_utf8_get_char(at);

		width -= g_unichar_iszerowidth(character) ? 0 : g_unichar_iswide(character) ? 2 : 1;
		if (width < 0)
			break;
		at = g_utf8_next_char(at);
	}
	return (int)(at - line);
}

void
top_screen_draw(const GPtrArray *lines)
{
	struct winsize size = {.ws_col = 0};
	int width = WIDTH_DEFAULT, height = HEIGHT_DEFAULT;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		width = size.ws_col;
		height = size.ws_row;
	}
	fputs("\033[H", stdout);
	for (int i = 0; i < (int)lines->len && i < height; i++)
		printf("%s%.*s\033[K", i > 0 ? "\n" : "", line_bytes(lines->pdata[i], width),
		    (const char *)lines->pdata[i]);
	fputs("\033[J", stdout);
	fflush(stdout);
}

enum top_event
top_screen_wait(int milliseconds)
{
	struct pollfd keys = {
	    .fd = screen_is_open && screen_has_keys ? STDIN_FILENO : -1, .events = POLLIN};
	char key = '\0';
	int ready;

	if (screen_ended)
		return TOP_EVENT_END;
	ready = poll(&keys, 1, milliseconds);
	if (screen_ended)
		return TOP_EVENT_END;
	if (ready == 0)
		return TOP_EVENT_TIME;
	/* A terminal that is gone says that it can be read, and has nothing. */
	if (ready > 0 && (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q'))
		return TOP_EVENT_END;
	return TOP_EVENT_KEY;
}
