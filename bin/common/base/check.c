#include "base/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/options.h"
#include "base/os.h"
#include "base/path_checks.h"
#include "base/secret.h"

enum { TEXT_SIZE = 1024, SHOWN_SIZE = ESCAPE_GROWTH * TEXT_SIZE };

static bool is_anything_wrong;

static void print_quoted(const char *key, const char *shown)
{
	printf(",\"%s\":\"", key);
	for (; *shown; shown++)
		printf(*shown == '"' || *shown == '\\' ? "\\%c" : "%c", *shown);
	putchar('"');
}

static void print(const char *name, const char *verdict, const char *found, const char *remedy)
{
	if (common_options.json) {
		printf("{\"tool\":\"%s\",\"check\":\"%s\",\"verdict\":\"%s\"", log_name(), name,
		       verdict);
		print_quoted("found", found);
		if (*remedy)
			print_quoted("remedy", remedy);
		puts("}");
		return;
	}
	printf("%-5s  %-12s %s\n", verdict, name, found);
	if (*remedy)
		printf("%-5s  %-12s   %s\n", "", "", remedy);
}

static void shown(char out[SHOWN_SIZE], char text[TEXT_SIZE])
{
	secret_hide(text, TEXT_SIZE);
	escape(out, SHOWN_SIZE, text, strlen(text));
}

static void say(const char *name, const char *verdict, const char *remedy, const char *format,
                va_list arguments)
{
	char text[TEXT_SIZE], mend[TEXT_SIZE], found[SHOWN_SIZE], what[SHOWN_SIZE];

	vsnprintf(text, sizeof text, format, arguments);
	snprintf(mend, sizeof mend, "%s", remedy);
	shown(found, text);
	shown(what, mend);
	print(name, verdict, found, what);
	fflush(stdout);
}

void check_good(const char *name, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(name, "good", "", format, arguments);
	va_end(arguments);
}

void check_note(const char *name, const char *remedy, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(name, "note", remedy, format, arguments);
	va_end(arguments);
}

void check_wrong(const char *name, const char *remedy, const char *format, ...)
{
	va_list arguments;

	is_anything_wrong = true;
	va_start(arguments, format);
	say(name, "wrong", remedy, format, arguments);
	va_end(arguments);
}

void check_run(const struct check *table, const void *context)
{
	for (; table->name; table++)
		table->look(table->name, context);
}

int check_end(void)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("standard output: %s", strerror(errno));
		return EXIT_RUNNING;
	}
	return is_anything_wrong ? EXIT_RUNNING : EXIT_OK;
}

/* --- the clock --- */

/* Certificates, times of frames and sealed messages go by it. */
static void look_at_clock(const char *name, const void *context)
{
	static const int64_t oldest =
		1735689600; /* 2025: a board without a battery begins at 1970 */

	(void)context;
	if (now_ns() / 1000000000 < oldest)
		check_wrong(name, "sudo timedatectl set-ntp true",
		            "the clock of this machine is wrong: it is before 2025");
	else if (!os_clock_is_kept())
		check_note(
			name, "sudo timedatectl set-ntp true",
			"nobody keeps this machine's clock right (no NTP, or not seen from here)");
	else
		check_good(name, "is kept right");
}

/* Nothing is opened for --check. */
static void look_at_events(const char *name, const void *context)
{
	struct why why;

	(void)context;
	if (!common_options.events)
		return;
	if (!descriptor_is_number(common_options.events))
		check_overwritten_path(name, common_options.events);
	else if (descriptor_read(common_options.events, &why) < 0)
		check_wrong(name, "3>FILE, and --events 3", "%s: %s", common_options.events,
		            why.text);
	else
		check_good(name, "%s: may be written to", common_options.events);
}

const struct check host_checks[] = {
	{"clock", look_at_clock}, {"events", look_at_events}, {.name = NULL}};
