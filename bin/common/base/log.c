#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 2048 };

static const char *program = "framebus";
static int verbosity = LOG_WARNING;
static ssize_t (*write_octets)(int fd, const void *octets, size_t count) = write;

void log_open(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	program = slash ? slash + 1 : argv0;
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

/* Text from outside could move the terminal's cursor or forge lines of ours. */
static size_t escape(char *out, size_t size, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *text && n + 5 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != 0x7f) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	return n;
}

static void write_line(const char *format, va_list arguments)
{
	char text[LINE_SIZE], line[LINE_SIZE + 64];
	int n = snprintf(line, 64, "%.60s: ", program);

	vsnprintf(text, sizeof text, format, arguments);
	size_t length = (size_t)n + escape(line + n, sizeof line - (size_t)n - 1, text);
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
