#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/os.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/timestamp.h"

enum { NAME_SIZE = 64, TEXT_SIZE = 2048, SHOWN_SIZE = ESCAPE_GROWTH * TEXT_SIZE + 1 };
/* A line's beginning; of its text, quotes and backslashes become two octets in JSON. */
enum { HEAD_SIZE = NAME_SIZE + 160, LINE_SIZE = HEAD_SIZE + 2 * SHOWN_SIZE };

/* As syslog(3) counts. */
enum priority { ERROR = 3, WARNING, NOTICE, INFO, DEBUG };

/* Back to the beginning of the line, and all of it away. */
#define AWAY "\r\x1b[K"

static _Atomic bool has_status, is_torn;

static char program[NAME_SIZE] = "framebus";
static int verbosity = LOG_WARNING;
static bool is_journal, has_time;
static enum log_form form = LOG_TEXT;
static void (*tell_end)(int status, const char *text);
static ssize_t (*write_octets)(int fd, const void *octets, size_t count) = write;

/* Whoever starts the tool chooses it, and it stands in every line, in JSON too. */
#define NAME_CHARACTERS                                                                            \
	"abcdefghijklmnopqrstuvwxyz"                                                               \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                               \
	"0123456789_-.+"

/* "DEVICE:INODE" of what the journal has given; standard error may have been redirected since. */
static bool is_of_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat about;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(fd, &about) == 0 && about.st_dev == device && about.st_ino == inode;
}

void log_open(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	snprintf(program, sizeof program, "%s", slash ? slash + 1 : argv0);
	if (!*program)
		snprintf(program, sizeof program, "framebus");
	for (char *c = program; *c; c++)
		if (!strchr(NAME_CHARACTERS, *c))
			*c = '_';
	is_journal = is_of_journal(STDERR_FILENO);
}

void log_set_form(enum log_form wanted, bool with_time)
{
	form = wanted;
	has_time = with_time;
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

/* --- lines --- */

static const char *const priority_names[] = {
	[ERROR] = "error", [WARNING] = "warning", [NOTICE] = "notice",
	[INFO] = "info",   [DEBUG] = "debug",
};

/* What is escaped has no control characters. */
static void add_quoted(struct text *t, const char *shown)
{
	for (const char *c = shown; *c; c++) {
		if ((*c == '"' || *c == '\\') && t->length + 2 < t->size)
			t->out[t->length++] = '\\';
		if (t->length + 1 < t->size)
			t->out[t->length++] = *c;
	}
	t->out[t->length] = '\0';
}

static void begin_object(struct text *t, enum priority priority)
{
	char time[TIMESTAMP_SIZE];

	text_add(t, "{\"time\":\"%s\",\"priority\":\"%s\",\"tool\":\"%s\",\"text\":\"",
	         timestamp(time, now_ns(), 6), priority_names[priority], program);
}

static void begin_text(struct text *t, enum priority priority)
{
	char time[TIMESTAMP_SIZE];

	if (is_journal)
		text_add(t, "<%d>", priority);
	if (has_time)
		text_add(t, "%s ", timestamp(time, now_ns(), 3));
}

void log_status_end(void)
{
	if (atomic_exchange(&has_status, false) &&
	    write_octets(STDERR_FILENO, AWAY, sizeof AWAY - 1) < 0)
		return;
}

/* What a full disk has cut off gets an end of its own, so that the line after it is whole. */
static void write_whole(const char *octets, size_t n)
{
	bool is_line_due = atomic_exchange(&is_torn, false);

	if (is_line_due && write_octets(STDERR_FILENO, "\n", 1) < 0) {
		atomic_store(&is_torn, true);
		return;
	}
	for (ssize_t written; n; octets += written, n -= (size_t)written) {
		written = write_octets(STDERR_FILENO, octets, n);
		if (written <= 0)
			return;
		atomic_store(&is_torn, (size_t)written < n);
	}
}

/* One write a line, so that lines of several tools on one terminal do not mix. */
static void write_shown(enum priority priority, const char *head, const char *shown)
{
	char line[LINE_SIZE];
	struct text t = {line, sizeof line - 4, 0};

	log_status_end();
	line[0] = '\0';
	if (form == LOG_JSON) {
		begin_object(&t, priority);
		add_quoted(&t, shown);
		t.size = sizeof line;
		text_add(&t, "\"}");
	} else {
		begin_text(&t, priority);
		text_add(&t, "%s%s%s", head, *head ? ": " : "", shown);
	}
	line[t.length++] = '\n';
	write_whole(line, t.length);
}

/* The one way to the terminal: nothing that a caller was given from outside can move its cursor,
 * forge a line of ours, or show a password. */
static void write_line(enum priority priority, const char *format, va_list arguments)
{
	char text[TEXT_SIZE], shown[SHOWN_SIZE];

	if (vsnprintf(text, sizeof text, format, arguments) >= (int)sizeof text)
		text_cut(text);
	secret_hide(text, sizeof text);
	escape(shown, sizeof shown, text, strlen(text));
	write_shown(priority, program, shown);
}

/* Without room for the object the report goes out as it is. */
static void write_object(const char *octets, size_t n)
{
	struct text t = {malloc(n + HEAD_SIZE), n + HEAD_SIZE, 0};

	if (t.out) {
		begin_object(&t, INFO);
		text_add(&t, "statistics\",\"stats\":%.*s}\n", (int)(n - 1), octets);
		write_whole(t.out, t.length);
	} else {
		write_whole(octets, n);
	}
	free(t.out);
}

static void write_lines(const char *octets, size_t n)
{
	while (n) {
		const char *end = memchr(octets, '\n', n);
		size_t length = end ? (size_t)(end - octets) : n;
		char shown[SHOWN_SIZE];

		snprintf(shown, sizeof shown, "%.*s", (int)length, octets);
		write_shown(INFO, "", shown);
		length += !!end;
		octets += length;
		n -= length;
	}
}

void log_report(const char *octets, size_t n, bool is_json)
{
	bool is_plain = form == LOG_TEXT && (is_json || (!is_journal && !has_time));

	log_status_end();
	if (is_plain)
		write_whole(octets, n);
	else if (is_json && form == LOG_JSON)
		write_object(octets, n);
	else
		write_lines(octets, n);
}

#define LOG_AT(level, priority)                                                                    \
	do {                                                                                       \
		va_list arguments;                                                                 \
		if (!log_shows(level))                                                             \
			return;                                                                    \
		va_start(arguments, format);                                                       \
		write_line(priority, format, arguments);                                           \
		va_end(arguments);                                                                 \
	} while (0)

void log_error(const char *format, ...)
{
	LOG_AT(LOG_ERROR, ERROR);
}

void log_warning(const char *format, ...)
{
	LOG_AT(LOG_WARNING, WARNING);
}

void log_notice(const char *format, ...)
{
	LOG_AT(LOG_WARNING, NOTICE);
}

void log_info(const char *format, ...)
{
	LOG_AT(LOG_INFO, INFO);
}

void log_debug(const char *format, ...)
{
	LOG_AT(LOG_DEBUG, DEBUG);
}

void log_at_end(void (*told)(int status, const char *text))
{
	tell_end = told;
}

/* What goes on in the next line of the terminal would stay there. A character that is not ASCII may
 * be two columns wide. */
static void fit_terminal(char *line, size_t head)
{
	int height, width, column = 0;

	if (!os_terminal_size(STDERR_FILENO, &height, &width))
		return;
	for (char *c = line + head; *c; c++) {
		bool begins = (*c & 0xc0) != 0x80;

		column += !begins ? 0 : *c & 0x80 ? 2 : 1;
		if (begins && column >= width) {
			*c = '\0';
			return;
		}
	}
}

void log_status(const char *format, ...)
{
	char text[TEXT_SIZE], shown[SHOWN_SIZE], line[sizeof AWAY + NAME_SIZE + SHOWN_SIZE + 2];
	va_list arguments;

	if (!log_shows(LOG_WARNING) || form != LOG_TEXT || !isatty(STDERR_FILENO))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	text_cut(text);
	secret_hide(text, sizeof text);
	escape(shown, sizeof shown, text, strlen(text));
	snprintf(line, sizeof line, AWAY "%s: %s", program, shown);
	fit_terminal(line, sizeof AWAY - 1);
	atomic_store(&has_status, true);
	if (write_octets(STDERR_FILENO, line, strlen(line)) < 0)
		return;
}

void die(int status, const char *format, ...)
{
	va_list arguments;
	char text[TEXT_SIZE];

	if (tell_end) {
		va_start(arguments, format);
		vsnprintf(text, sizeof text, format, arguments);
		va_end(arguments);
		text_cut(text);
		secret_hide(text, sizeof text);
		tell_end(status, text);
	}

	va_start(arguments, format);
	write_line(ERROR, format, arguments);
	va_end(arguments);
	exit(status);
}
