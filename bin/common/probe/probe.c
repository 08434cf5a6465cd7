#include "probe/probe.h"

#include <stdlib.h>
#include <string.h>

static const char *const fcs_names[] = {"none", "crc16", "crc32", "ti", "auto", NULL};

struct probe_options probe_options = {.fcs = PROBE_FCS_UNASKED, .rssi_offset = -73};

const struct option_spec probe_specs[] = {
	{SECTION_PROBE, 0, "fcs", NULL, OPTION_CHOICE(struct probe_options, fcs, fcs_names),
         .otherwise = "auto", .help = "what ends the frames on the line"},
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

	memset(p, 0, sizeof *p);
	verdict_init(&p->verdicts, (enum probe_fcs)o->fcs, (int)o->rssi_offset);
	slip_decoder_init(&p->slip, p->frame, sizeof p->frame, 0);
	name_counters(p->slip_counters, slip_names, PROBE_SLIP_COUNTERS);
	stats_register("slip", p->slip_counters, PROBE_SLIP_COUNTERS);
}

static void publish_slip_counters(struct probe *p)
{
	const struct slip_counters *c = &p->slip.counters;
	const uint64_t values[PROBE_SLIP_COUNTERS] = {
		c->octets,   c->frames - p->no_frames, c->empty,      c->bad_escape,
		c->overlong, c->before_first_end,      c->unfinished,
	};

	for (unsigned i = 0; i < PROBE_SLIP_COUNTERS; i++)
		stats_set(&p->slip_counters[i], values[i]);
}

static void read_frame(struct probe *p, struct probe_frame *f, int64_t time_ns)
{
	*f = (struct probe_frame){
		.mac = p->slip.frame, .length = p->slip.length, .time_ns = time_ns};
	enum verdict_outcome outcome = verdict_of_frame(&p->verdicts, f);

	p->no_frames += outcome == VERDICT_NO_FRAME;
	if (outcome != VERDICT_FRAME)
		f->length = 0;
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
