#include "capture/choice.h"

#include <stdatomic.h>

#include "base/log.h"
#include "base/stats.h"
#include "packet/filter.h"

enum { PASSED, LEFT_OUT, COUNTERS };

static struct choice_options chosen;
static bool is_asked; /* for less than everything */
static struct counter counters[COUNTERS] = {
	[PASSED] = {.name = "passed"},
	[LEFT_OUT] = {.name = "left_out"},
};

/* Given twice, the last one counts, as with every option. */
static int read_filter(void *target, const char *value, struct why *why)
{
	struct filter **filter = target, *compiled = filter_new(value, why);

	if (!compiled)
		return -1;
	filter_free(*filter);
	*filter = compiled;
	return 0;
}

const struct option_spec choice_frames_specs[] = {
	{SECTION_INPUT, 0, "filter", "EXPRESSION",
         OPTION_OWN(struct choice_options, frames, read_filter), .yields = "raw",
         .help = "only the frames that pass: 'type=data and pan=abcd'",
         .more = "The others are counted. See 'Filters'."},
	{.name = NULL},
};

int choice_narrow_frames(struct choice_options *o, const char *expression, struct why *why)
{
	struct filter **place = o->frames ? &o->frames_too : &o->frames;

	return read_filter(place, expression, why);
}

void choice_init(const struct choice_options *o)
{
	chosen = *o;
	is_asked = o->frames || o->packets.filter;
	if (is_asked)
		stats_register("filter", counters, COUNTERS);
}

bool choice_is_asked(void)
{
	return is_asked;
}

static bool is_ip(const struct envelope_packet *p)
{
	return p->link_type == ENVELOPE_LINK_RAW;
}

bool choice_passes(const struct envelope_packet *p)
{
	if (!is_asked)
		return true;
	if (is_ip(p))
		return chosen.packets.filter && chosen.packets.passes(chosen.packets.filter, p) &&
		       (!chosen.packets.too || chosen.packets.passes(chosen.packets.too, p));
	return chosen.frames && filter_passes(chosen.frames, p) &&
	       (!chosen.frames_too || filter_passes(chosen.frames_too, p));
}

static void tell_of_other_kind(const struct envelope_packet *p)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;

	if (is_ip(p) ? chosen.packets.filter != NULL : chosen.frames != NULL)
		return;
	if (atomic_flag_test_and_set(&told))
		return;
	if (is_ip(p))
		log_warning("IP packets are left out: --filter is about frames (with --ip-filter "
		            "'' all packets pass, too)");
	else
		log_warning("frames are left out: --ip-filter is about IP packets (with --filter "
		            "any all frames pass, too)");
}

void choice_count(const struct envelope_packet *p, bool passes)
{
	if (!is_asked)
		return;
	if (!passes)
		tell_of_other_kind(p);
	stats_add(&counters[passes ? PASSED : LEFT_OUT], 1);
}

static bool judge(const struct envelope_packet *p)
{
	bool passes = choice_passes(p);

	choice_count(p, passes);
	return passes;
}

bool choice_takes(const struct envelope_packet *p)
{
	return !is_asked || judge(p);
}
