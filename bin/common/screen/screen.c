#include "screen/screen.h"

#include <curses.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "base/os.h"
#include "base/wait_fd.h"

static struct termios before;
static bool has_before;
static SCREEN *screen;
static bool has_keys;
static _Atomic bool drawn, left;
static int signal_fd = -1;

/* The last: left to the system where whoever started the tool had it ignored. */
static const int signals[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGQUIT};
enum { SIGNALS = sizeof signals / sizeof signals[0] };

bool screen_is_possible(void)
{
	const char *kind = getenv("TERM");
	int error;

	if (!isatty(STDOUT_FILENO) || !kind || !*kind ||
	    setupterm(kind, STDOUT_FILENO, &error) != OK)
		return false;
	const char *move = tigetstr("cup");
	bool moves = move && move != (char *)-1;
	del_curterm(cur_term);
	return moves;
}

static void set_up(void)
{
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, true);
	nodelay(stdscr, true);
}

static void let_quit(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGQUIT);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* What waits in other threads must not be interrupted by these: they are read here. */
bool screen_open(void)
{
	setlocale(LC_CTYPE, "");
	has_before = tcgetattr(STDOUT_FILENO, &before) == 0;
	signal_fd = os_signals_open(signals, os_signal_is_ignored(SIGQUIT) ? SIGNALS - 1 : SIGNALS);
	has_keys = isatty(STDIN_FILENO);
	screen = signal_fd < 0 ? NULL : newterm(NULL, stdout, stdin);
	if (!screen) {
		let_quit();
		return false;
	}
	atomic_store(&drawn, true);
	set_up();
	return true;
}

int screen_key_fd(void)
{
	return has_keys ? STDIN_FILENO : -1;
}

int screen_signal_fd(void)
{
	return signal_fd;
}

static void fit(void)
{
	int height, width;

	if (os_terminal_size(STDOUT_FILENO, &height, &width))
		resizeterm(height, width);
	clearok(curscr, true);
}

static bool is_continued(void)
{
	bool found = false;
	int number;

	while ((number = os_signals_read(signal_fd)))
		found |= number == SIGCONT;
	return found;
}

/* A terminal without a second page shows the picture behind it, too: in its last line goes on what
 * is said. */
static void leave(void)
{
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
}

/* The shell has the terminal until it continues us; it may have set it as it likes. All threads are
 * stopped, but not all at once: this one waits until it is over. */
static void stop_for_shell(void)
{
	leave();
	kill(getpid(), SIGSTOP);
	while (wait_fd(signal_fd, POLLIN, -1) == WAIT_READY && !is_continued())
		;
	set_up();
}

/* Where it does not end the process, as the first one of a container, the screen goes on. */
static void quit(void)
{
	leave();
	let_quit();
	raise(SIGQUIT);
	set_up();
}

void screen_read_signals(void)
{
	int number;
	bool stops = false, quits = false, any = false;

	while ((number = os_signals_read(signal_fd))) {
		stops |= number == SIGTSTP;
		quits |= number == SIGQUIT;
		any = true;
	}
	if (quits)
		quit();
	if (stops)
		stop_for_shell();
	if (any)
		fit();
}

void screen_lose_keys(void)
{
	has_keys = false;
}

int screen_key(void)
{
	int key = getch();

	return key == ERR ? 0 : key;
}

int screen_rows(void)
{
	return LINES;
}

void screen_begin(void)
{
	erase();
}

int screen_columns(void)
{
	return COLS > 1 ? COLS - 1 : COLS;
}

int screen_line_width(void)
{
	int height, width;

	if (!isatty(STDOUT_FILENO) || !os_terminal_size(STDOUT_FILENO, &height, &width))
		return 0;
	return width;
}

/* One character, as the locale has it: its columns, and in n its octets. What moves nothing, or
 * otherwise than forward, is none. */
static int measure(const char *text, size_t *n)
{
	mbstate_t state = {0};
	wchar_t c;

	*n = mbrtowc(&c, text, MB_CUR_MAX, &state);
	if (*n > MB_CUR_MAX || !iswprint((wint_t)c) || wcwidth(c) < 1) {
		*n = *n > MB_CUR_MAX ? 1 : *n;
		return 0;
	}
	return wcwidth(c);
}

void screen_line(int row, enum screen_style style, const char *text)
{
	static const attr_t attributes[] = {
		[SCREEN_PLAIN] = A_NORMAL, [SCREEN_TITLE] = A_REVERSE, [SCREEN_DIM] = A_DIM};
	int column = 0, last = screen_columns();
	size_t n;

	if (row < 0 || row >= LINES)
		return;
	attrset((int)attributes[style]);
	move(row, 0);
	for (; *text; text += n) {
		int width = measure(text, &n);

		if (column + (width ? width : 1) > last)
			break;
		if (width)
			addnstr(text, (int)n);
		else
			addch('.');
		column += width ? width : 1;
	}
	for (; style == SCREEN_TITLE && column < last; column++)
		addch(' ');
	attrset(A_NORMAL);
}

void screen_end(void)
{
	refresh();
}

void screen_close(void)
{
	if (!atomic_exchange(&drawn, false))
		return;
	leave();
	delscreen(screen);
	screen = NULL;
	atomic_store(&left, true);
}

/* Whoever draws waits in write(2) where the terminal was stopped (^S): it goes on, and that thread
 * with it, which sees the stop. */
static void await_leaving(void)
{
	enum { STEP_MS = 10, STEPS = 300 };

	tcflow(STDOUT_FILENO, TCOOFF); /* TCOON alone undoes no ^S */
	tcflow(STDOUT_FILENO, TCOON);
	for (int i = 0; i < STEPS && !atomic_load(&left); i++)
		wait_fd(-1, 0, STEP_MS);
}

void screen_restore(void)
{
	if (!atomic_load(&left))
		await_leaving();
	if (!atomic_load(&left) && has_before)
		tcsetattr(STDOUT_FILENO, TCSANOW, &before);
	let_quit();
}

static bool write_all(int fd, const char *octets, size_t n)
{
	for (ssize_t written; n; octets += written, n -= (size_t)written)
		if ((written = write(fd, octets, n)) <= 0)
			return false;
	return true;
}

/* Not by stdio: what nobody reads would stand in its buffer, and hold up the tool's end. */
bool screen_say(const char *text)
{
	size_t n = strlen(text);
	struct iovec line[] = {{(char *)text, n}, {"\n", 1}};
	ssize_t written = writev(STDOUT_FILENO, line, 2);

	if (written < 0)
		return false;
	if ((size_t)written > n)
		return true;
	return write_all(STDOUT_FILENO, text + written, n - (size_t)written) &&
	       write_all(STDOUT_FILENO, "\n", 1);
}

bool screen_has_words(void)
{
	return os_terminal(STDOUT_FILENO) == os_terminal(STDERR_FILENO);
}

void screen_write_words(const char *words)
{
	write_all(STDERR_FILENO, words, strlen(words));
}
