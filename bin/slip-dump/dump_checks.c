#include "dump_checks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/common_checks.h"
#include "base/path_checks.h"
#include "beginning.h"
#include "capture/capture_checks.h"
#include "captured.h"
#include "probe/firmware.h"
#include "probe/port_checks.h"
#include "probe/recognise.h"

static struct beginning beginning;

/* -1 with why. */
static int read_beginning(const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, beginning.octets, sizeof beginning.octets);

	if (n < 0)
		why_set(why, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	beginning.length = n > 0 ? (size_t)n : 0;
	return n < 0 ? -1 : 0;
}

/* What is read as a line, and may all the same be none. */
static void say_line(const char *name, const char *path, int firmware)
{
	enum line_language language = recognise_file(beginning.octets, beginning.length).language;

	if (language == LINE_UNKNOWN || language == LINE_NOISE)
		check_note(name, "see what comes of it: slip-dump -r FILE --stats",
		           "%s: is %s: it is read as a probe's line (--firmware %s)", path,
		           recognise_name(language), firmware_names[firmware]);
	else
		check_good(name, "%s: is a probe's line: %s (--firmware %s)", path,
		           recognise_name(language), firmware_names[firmware]);
}

static void look_at_file(const char *name, const struct settings *s)
{
	static const char other[] = "name a capture, or what a probe has said on its line";
	int firmware = s->any_firmware ? -1 : probe_options.firmware;
	const char *mend;
	struct why why;

	if (!check_input_path(name, s->file))
		return;
	if (read_beginning(s->file, &why) < 0) {
		check_wrong(name, other, "%s: %s", s->file, why.text);
		return;
	}
	if (!beginning.length && !s->follow) {
		check_wrong(name, other, "%s: is empty: neither a probe's line nor a capture",
		            s->file);
		return;
	}
	switch (beginning_judge(&beginning, true, &firmware, &why)) {
	case BEGINNING_CAPTURE:
		capture_check_input(name, s->file, captured_may_hold, CAPTURED_LINK_TYPES);
		break;
	case BEGINNING_READ:
		say_line(name, s->file, firmware);
		break;
	default:
		mend = capture_check_remedy(&why);
		check_wrong(name, mend ? mend : other, "%s: %s", s->file, why.text);
	}
}

int dump_check(const struct settings *s)
{
	check_run(common_checks, NULL);
	for (unsigned i = 0; s->port.path && i < s->probe_count; i++)
		check_run(port_checks, &s->probes[i].port);
	if (s->file)
		look_at_file("input", s);
	capture_check_outputs(&s->writes, &s->output);
	return check_end();
}
