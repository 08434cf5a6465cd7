#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/secret.h"
#include "base/text.h"

enum { NAME_SIZE = 64, TEXT_SIZE = 2048 };

/* Back to the beginning of the line, and all of it away. */
#define AWAY "\r\x1b[K"

static _Atomic bool has_status;

static char program[NAME_SIZE] = "framebus";
static int verbosity = LOG_WARNING;
static ssize_t (*write_octets)(int fd, const void *octets, size_t count) = write;

/* Whoever starts the tool chooses it, and it stands in every line, in JSON too. */
#define NAME_CHARACTERS                                                                            \
	"abcdefghijklmnopqrstuvwxyz"                                                               \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                               \
	"0123456789_-.+"

void log_open(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	snprintf(program, sizeof program, "%s", slash ? slash + 1 : argv0);
	if (!*program)
		snprintf(program, sizeof program, "framebus");
	for (char *c = program; *c; c++)
		if (!strchr(NAME_CHARACTERS, *c))
			*c = '_';
}

const char *log_name(void)
{
	return program;
}

void log_write_with(ssize_t (*writer)(int fd, const void *octets, size_t count))
{
	write_octets = writer;
}

void log_more(void)
{
	verbosity++;
}

void log_less(void)
{
	verbosity--;
}

int log_shows(enum log_level level)
{
	return level <= LOG_ERROR || (int)level <= verbosity;
}

/* The one way to the terminal: nothing that a caller was given from outside can move its cursor,
 * forge a line of ours, or show a password. */
static void write_line(bool is_status, const char *format, va_list arguments)
{
	char text[TEXT_SIZE], line[sizeof AWAY + NAME_SIZE + ESCAPE_GROWTH * TEXT_SIZE + 4];
	bool before = atomic_exchange(&has_status, false);
	size_t length = (size_t)snprintf(line, sizeof line,
	                                 "%s%s: ", before || is_status ? AWAY : "", program);

	if (vsnprintf(text, sizeof text, format, arguments) >= (int)sizeof text)
		text_cut(text);
	secret_hide(text, sizeof text);
	length += escape(line + length, sizeof line - length - 1, text, strlen(text));
	if (!is_status)
		line[length++] = '\n';
	else
		atomic_store(&has_status, true);
	/* One write a line, so that lines of several tools on one terminal do not mix. */
	if (write_octets(STDERR_FILENO, line, length) < 0)
		return;
}

#define LOG_AT(level)                                                                              \
	do {                                                                                       \
		va_list arguments;                                                                 \
		if (!log_shows(level))                                                             \
			return;                                                                    \
		va_start(arguments, format);                                                       \
		write_line(false, format, arguments);                                              \
		va_end(arguments);                                                                 \
	} while (0)

void log_error(const char *format, ...)
{
	LOG_AT(LOG_ERROR);
}

void log_warning(const char *format, ...)
{
	LOG_AT(LOG_WARNING);
}

void log_info(const char *format, ...)
{
	LOG_AT(LOG_INFO);
}

void log_debug(const char *format, ...)
{
	LOG_AT(LOG_DEBUG);
}

void log_status(const char *format, ...)
{
	va_list arguments;

	if (!log_shows(LOG_WARNING) || !isatty(STDERR_FILENO))
		return;
	va_start(arguments, format);
	write_line(true, format, arguments);
	va_end(arguments);
}

void log_status_end(void)
{
	if (atomic_exchange(&has_status, false) &&
	    write_octets(STDERR_FILENO, AWAY, sizeof AWAY - 1) < 0)
		return;
}

void die(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(false, format, arguments);
	va_end(arguments);
	exit(status);
}
