#include "probe/probe.h"

#include <stdlib.h>
#include <string.h>

enum { FCS_GOOD, FCS_BAD, UNCHECKED, TOO_SHORT, UNDECIDED, DECISIONS };

static const char *const fcs_names[] = {"none", "crc16", "ti", "auto", NULL};

struct probe_options probe_options = {.fcs = PROBE_FCS_NONE, .rssi_offset = -73};

const struct option_spec probe_specs[] = {
	{SECTION_PROBE, 0, "fcs", NULL, OPTION_CHOICE(struct probe_options, fcs, fcs_names),
         .standard = "none", .help = "what ends the frames on the line"},
	{SECTION_PROBE, 0, "rssi-offset", "DB",
         OPTION_SIGNED(struct probe_options, rssi_offset, -128, 127), .standard = "-73",
         .help = "added to the RSSI octet of --fcs ti",
         .more = "-73 is right for CC253x and CC2538, -45 for CC2420."},
	{.name = NULL},
};

static void name_counters(struct counter *counters, const char *const *names, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		counters[i].name = names[i];
}

void probe_init(struct probe *p, const struct probe_options *o)
{
	static const char *const slip_names[PROBE_SLIP_COUNTERS] = {
		"octets",   "frames",           "empty",      "bad_escape",
		"overlong", "before_first_end", "unfinished",
	};
	static const char *const names[PROBE_COUNTERS] = {
		"fcs_good", "fcs_bad", "unchecked", "too_short", "undecided", "decisions",
	};

	memset(p, 0, sizeof *p);
	fcs_init(&p->fcs, (enum probe_fcs)o->fcs, (int)o->rssi_offset);
	slip_decoder_init(&p->slip, p->frame, sizeof p->frame, 0);
	name_counters(p->slip_counters, slip_names, PROBE_SLIP_COUNTERS);
	name_counters(p->counters, names, PROBE_COUNTERS);
	stats_register("slip", p->slip_counters, PROBE_SLIP_COUNTERS);
	stats_register("probe", p->counters, PROBE_COUNTERS);
}

static void publish_slip_counters(struct probe *p)
{
	const struct slip_counters *c = &p->slip.counters;
	const uint64_t values[PROBE_SLIP_COUNTERS] = {
		c->octets,   c->frames,           c->empty,      c->bad_escape,
		c->overlong, c->before_first_end, c->unfinished,
	};

	for (unsigned i = 0; i < PROBE_SLIP_COUNTERS; i++)
		stats_set(&p->slip_counters[i], values[i]);
}

static void read_frame(struct probe *p, struct probe_frame *f, int64_t time_ns)
{
	static const unsigned counter_of[] = {
		[PROBE_UNCHECKED] = UNCHECKED,
		[PROBE_GOOD] = FCS_GOOD,
		[PROBE_BAD] = FCS_BAD,
	};

	if (fcs_weigh(&p->fcs, p->slip.frame, p->slip.length))
		stats_add(&p->counters[DECISIONS], 1);
	*f = (struct probe_frame){
		.mac = p->slip.frame, .length = p->slip.length, .time_ns = time_ns};
	if (!fcs_strip(&p->fcs, f)) {
		stats_add(&p->counters[TOO_SHORT], 1);
		f->length = 0;
		return;
	}
	stats_add(&p->counters[counter_of[f->verdict]], 1);
	if (p->fcs.automatic && !p->fcs.decided)
		stats_add(&p->counters[UNDECIDED], 1);
}

size_t probe_decode(struct probe *p, const uint8_t *in, size_t n, int64_t time_ns,
                    struct probe_frame *f)
{
	size_t used = 0;

	f->length = 0;
	while (used < n && !f->length) {
		enum slip_event event;

		used += slip_decode(&p->slip, in + used, n - used, &event);
		if (event == SLIP_FRAME)
			read_frame(p, f, time_ns);
	}
	publish_slip_counters(p);
	return used;
}

size_t probe_finish(struct probe *p)
{
	size_t lost = slip_decoder_finish(&p->slip);

	publish_slip_counters(p);
	return lost;
}
