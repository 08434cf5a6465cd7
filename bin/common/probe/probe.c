#include "probe/probe.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "probe/text.h"

enum { FCS_GOOD, FCS_BAD, UNCHECKED, TOO_SHORT, UNDECIDED, DECISIONS };

static int find_counter(const struct firmware *f, const char *name)
{
	for (int i = 0; f->counters[i]; i++)
		if (strcmp(f->counters[i], name) == 0)
			return i;
	return -1;
}

static void register_counters(struct probe *p, const struct firmware *f)
{
	static const char *const names[PROBE_COUNTERS] = {
		"fcs_good", "fcs_bad", "unchecked", "too_short", "undecided", "decisions",
	};
	unsigned n = 0;

	for (; f->counters[n]; n++)
		p->line_counters[n].name = f->counters[n];
	stats_register(f->section, p->line_counters, n);
	p->frames = find_counter(f, "frames");
	p->text = find_counter(f, "text");
	for (unsigned i = 0; i < PROBE_COUNTERS; i++)
		p->counters[i].name = names[i];
	stats_register("probe", p->counters, PROBE_COUNTERS);
}

void probe_init(struct probe *p, const struct probe_options *o)
{
	const struct firmware *f = probe_firmware(o);
	const struct firmware_config config = {
		.channel = (int)o->channel,
		.active = o->active,
		.max_frame = (size_t)o->max_frame,
		.stand_in = o->stand_in,
	};

	memset(p, 0, sizeof *p);
	p->host_clock = !o->clock;
	fcs_init(&p->fcs, f->ends_in_fcs ? (enum probe_fcs)o->fcs : PROBE_FCS_NONE,
	         (int)o->rssi_offset);
	firmware_line_init(&p->line, f, &config);
	register_counters(p, f);
}

static void publish_counters(struct probe *p)
{
	for (unsigned i = 0; p->line_counters[i].name; i++)
		stats_set(&p->line_counters[i], p->line.counts[i]);
}

void probe_tell(struct probe *p)
{
	struct firmware_line *l = &p->line;

	if (!l->words[0])
		return;
	if (l->words_level == LOG_WARNING)
		log_warning("%s: %s", p->name, l->words);
	else if (l->words_level == LOG_INFO)
		log_info("%s: %s", p->name, l->words);
	else
		log_debug("%s: %s", p->name, l->words);
	l->words[0] = '\0';
}

/* --- events --- */

static bool judge(struct probe *p, struct probe_frame *f)
{
	static const unsigned counter_of[] = {
		[PROBE_UNCHECKED] = UNCHECKED,
		[PROBE_GOOD] = FCS_GOOD,
		[PROBE_BAD] = FCS_BAD,
	};

	if (p->line.firmware->ends_in_fcs) {
		if (fcs_weigh(&p->fcs, f->mac, f->length))
			stats_add(&p->counters[DECISIONS], 1);
		if (!fcs_strip(&p->fcs, f)) {
			stats_add(&p->counters[TOO_SHORT], 1);
			return false;
		}
	}
	stats_add(&p->counters[counter_of[f->verdict]], 1);
	if (p->fcs.automatic && !p->fcs.decided)
		stats_add(&p->counters[UNDECIDED], 1);
	return true;
}

/* What the firmware does not tell of each frame. */
static void fill_in(struct probe *p, struct probe_frame *f, int64_t time_ns)
{
	f->time_ns = time_ns;
	if (!f->has_channel && p->line.channel >= 0) {
		f->has_channel = true;
		f->channel = (uint16_t)p->line.channel;
	}
	if (!f->has_clock)
		return;
	int64_t heard_ns =
		probe_clock_read(&p->clock, f->clock_us, f->clock_wraps, time_ns, &f->probe_ns);
	if (!p->host_clock)
		f->time_ns = heard_ns;
}

static void read_event(struct probe *p, struct firmware_event *e, int64_t time_ns,
                       struct probe_frame *f)
{
	switch (e->type) {
	case FIRMWARE_FRAME:
		p->line.counts[p->frames]++;
		if (!judge(p, &e->frame))
			break;
		fill_in(p, &e->frame, time_ns);
		*f = e->frame;
		break;
	case FIRMWARE_TEXT:
		p->line.counts[p->text]++;
		probe_text_show(p->name, e->text, e->text_length);
		break;
	case FIRMWARE_ANSWER:
		if (p->answered)
			p->answered(p->context, e->outcome);
		break;
	case FIRMWARE_MORE:
		break;
	}
}

size_t probe_decode(struct probe *p, const uint8_t *in, size_t n, int64_t time_ns,
                    struct probe_frame *f)
{
	int64_t now = monotonic_ns();
	size_t used = 0;

	f->length = 0;
	while (used < n && !f->length) {
		struct firmware_event e;

		used += firmware_read(&p->line, in + used, n - used, now, &e);
		read_event(p, &e, time_ns, f);
		probe_tell(p);
	}
	publish_counters(p);
	return used;
}

size_t probe_finish(struct probe *p)
{
	size_t lost = firmware_finish(&p->line);

	publish_counters(p);
	return lost;
}
