#include "base/common_checks.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/options.h"
#include "base/os.h"
#include "base/path_checks.h"

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

const struct check common_checks[] = {
	{"clock", look_at_clock}, {"events", look_at_events}, {.name = NULL}};
