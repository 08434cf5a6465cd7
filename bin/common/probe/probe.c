#include "probe/probe.h"

#include <string.h>

#include "base/limit.h"
#include "base/log.h"

static void register_counters(struct probe *p, const struct firmware *f)
{
	unsigned n = 0;

	for (; f->counters[n]; n++) {
		p->line_counters[n].name = f->counters[n];
		if (strcmp(f->counters[n], "frames") == 0)
			p->frames = n;
	}
	stats_register(f->section, p->line_counters, n);
}

void probe_init(struct probe *p, const char *name, const struct probe_options *o)
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
	verdict_init(&p->verdicts, f->section,
	             f->ends_in_fcs ? (enum probe_fcs)o->fcs : PROBE_FCS_NONE, (int)o->rssi_offset);
	p->verdicts.name = name;
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
		limited_warning("%s: %s", p->verdicts.name, l->words);
	else if (l->words_level == LOG_INFO)
		limited_info("%s: %s", p->verdicts.name, l->words);
	else
		log_debug("%s: %s", p->verdicts.name, l->words);
	l->words[0] = '\0';
}

/* --- events --- */

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

/* Those that are to be passed stand in front then; returns how many. */
static unsigned read_frames(struct probe *p, struct firmware_event *e, int64_t time_ns)
{
	bool may_be_text = p->line.firmware->may_be_text;
	unsigned others = 0, verdicts[PROBE_VERDICTS] = {0};
	struct probe_frame *to = e->frames, *end = e->frames + e->count;

	for (struct probe_frame *f = e->frames; f < end; f++) {
		enum verdict_outcome outcome =
			may_be_text ? verdict_of_frame(&p->verdicts, f) : VERDICT_FRAME;

		others += outcome == VERDICT_NO_FRAME;
		if (outcome != VERDICT_FRAME)
			continue;
		verdicts[f->verdict]++;
		fill_in(p, f, time_ns);
		if (f->length == 0)
			continue;
		if (to != f)
			*to = *f;
		to++;
	}
	p->line.counts[p->frames] += e->count - others;
	verdict_count(&p->verdicts, verdicts);
	return (unsigned)(to - e->frames);
}

/* Returns how many frames there are to be passed. */
static unsigned read_event(struct probe *p, struct firmware_event *e, int64_t time_ns)
{
	switch (e->type) {
	case FIRMWARE_FRAME:
		return read_frames(p, e, time_ns);
	case FIRMWARE_TEXT:
		verdict_of_text(&p->verdicts, e->text, e->text_length);
		break;
	case FIRMWARE_ANSWER:
		if (p->answered)
			p->answered(p->context, e->outcome);
		break;
	case FIRMWARE_MORE:
		break;
	}
	return 0;
}

size_t probe_decode(struct probe *p, const uint8_t *in, size_t n, int64_t time_ns,
                    struct probe_frames *f)
{
	struct firmware_event *e = &p->event;
	unsigned count;
	size_t used = 0;

	do {
		used += firmware_read(&p->line, in + used, n - used, p->now, e);
		count = read_event(p, e, time_ns);
		if (p->line.words[0])
			probe_tell(p);
	} while ((used < n || e->type != FIRMWARE_MORE) && !count);
	*f = (struct probe_frames){e->frames, count};
	if (used == n)
		publish_counters(p);
	return used;
}

size_t probe_finish(struct probe *p)
{
	size_t lost = firmware_finish(&p->line);

	publish_counters(p);
	return lost;
}
