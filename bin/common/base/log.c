#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/secret.h"
#include "base/text.h"

enum { NAME_SIZE = 64, TEXT_SIZE = 2048 };

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
static void write_line(const char *format, va_list arguments)
{
	char text[TEXT_SIZE], line[NAME_SIZE + ESCAPE_GROWTH * TEXT_SIZE + 4];
	size_t length = (size_t)snprintf(line, sizeof line, "%s: ", program);

	if (vsnprintf(text, sizeof text, format, arguments) >= (int)sizeof text)
		text_cut(text);
	secret_hide(text, sizeof text);
	length += escape(line + length, sizeof line - length - 1, text, strlen(text));
	line[length++] = '\n';
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
		write_line(format, arguments);                                                     \
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

void die(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
	exit(status);
}
