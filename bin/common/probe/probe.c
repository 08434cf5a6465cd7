#include "probe/probe.h"

#include <stdlib.h>
#include <string.h>

enum {
	SCORE_MAX = 24,
	LEAD = 8,
	CRC16_RIGHT = 16,
	CRC16_WRONG = -3,
	TI_FITS = 3,
	TI_DOES_NOT = -4,
	SHORTEST_WITH_FCS = 5
};
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
	p->automatic = o->fcs == PROBE_FCS_AUTO;
	p->mode = p->automatic ? PROBE_FCS_NONE : (enum probe_fcs)o->fcs;
	p->rssi_offset = (int)o->rssi_offset;
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

/* --- auto --- */

/* Type 2, no security, no addresses, version 0 or 1: its MAC header is 3 octets, and nothing
 * follows. */
static bool is_immediate_ack(const uint8_t *frame, size_t length)
{
	return length >= 3 && (frame[0] & 0x0f) == FRAME_ACK && (frame[1] & 0xec) == 0;
}

static int ti_evidence(const struct probe *p, const uint8_t pair[2])
{
	struct frame_ti ti;

	if (memcmp(pair, p->last_pair, 2) == 0)
		return 0;
	frame_ti_read(&ti, pair);
	int rssi = ti.rssi + p->rssi_offset;
	bool fits = ti.crc_ok && ti.correlation >= 40 && ti.correlation <= 110 && rssi >= -110 &&
	            rssi <= 10;
	return fits ? TI_FITS : TI_DOES_NOT;
}

static int both_evidence(const uint8_t *frame, size_t length)
{
	if (length < SHORTEST_WITH_FCS)
		return -LEAD;
	return length == SHORTEST_WITH_FCS && is_immediate_ack(frame, length) ? LEAD : 0;
}

static int within(int score)
{
	return score > SCORE_MAX ? SCORE_MAX : score < -SCORE_MAX ? -SCORE_MAX : score;
}

/* What leads both others by LEAD, or -1. */
static int leader(const struct probe *p)
{
	const int scores[] = {[PROBE_FCS_NONE] = 0,
	                      [PROBE_FCS_CRC16] = p->crc16_score,
	                      [PROBE_FCS_TI] = p->ti_score};

	for (int i = 0; i < 3; i++)
		if (scores[i] >= scores[(i + 1) % 3] + LEAD &&
		    scores[i] >= scores[(i + 2) % 3] + LEAD)
			return i;
	return -1;
}

static void weigh(struct probe *p, const uint8_t *frame, size_t length)
{
	int both = both_evidence(frame, length);

	p->crc16_score = within(p->crc16_score + both +
	                        (frame_fcs16_ok(frame, length) ? CRC16_RIGHT : CRC16_WRONG));
	if (length >= 2) {
		p->ti_score = within(p->ti_score + both + ti_evidence(p, frame + length - 2));
		memcpy(p->last_pair, frame + length - 2, 2);
	}
	int lead = leader(p);
	if (lead < 0 || (p->decided && lead == (int)p->mode))
		return;
	p->mode = (enum probe_fcs)lead;
	p->decided = true;
	stats_add(&p->counters[DECISIONS], 1);
}

/* --- frames --- */

static void store_fcs(uint8_t fcs[2], uint16_t value)
{
	fcs[0] = (uint8_t)value;
	fcs[1] = (uint8_t)(value >> 8);
}

static void read_ti(const struct probe *p, struct probe_frame *f)
{
	uint16_t right = frame_fcs16(f->mac, f->length);
	struct frame_ti ti;

	frame_ti_read(&ti, f->mac + f->length);
	f->verdict = ti.crc_ok ? PROBE_GOOD : PROBE_BAD;
	store_fcs(f->fcs, ti.crc_ok ? right : (uint16_t)~right);
	f->has_radio = true;
	f->rssi = ti.rssi + p->rssi_offset;
	f->correlation = ti.correlation;
}

static void read_crc16(struct probe_frame *f)
{
	f->verdict = frame_fcs16_ok(f->mac, f->length + FRAME_FCS16_SIZE) ? PROBE_GOOD : PROBE_BAD;
	memcpy(f->fcs, f->mac + f->length, FRAME_FCS16_SIZE);
}

static void read_frame(struct probe *p, struct probe_frame *f, int64_t time_ns)
{
	static const unsigned counter_of[] = {
		[PROBE_UNCHECKED] = UNCHECKED,
		[PROBE_GOOD] = FCS_GOOD,
		[PROBE_BAD] = FCS_BAD,
	};
	size_t length = p->slip.length;

	if (p->automatic)
		weigh(p, p->slip.frame, length);
	if (p->mode != PROBE_FCS_NONE && length <= FRAME_FCS16_SIZE) {
		stats_add(&p->counters[TOO_SHORT], 1);
		return;
	}
	*f = (struct probe_frame){.mac = p->slip.frame, .length = length, .time_ns = time_ns};
	if (p->mode != PROBE_FCS_NONE)
		f->length -= FRAME_FCS16_SIZE;
	if (p->mode == PROBE_FCS_TI)
		read_ti(p, f);
	if (p->mode == PROBE_FCS_CRC16)
		read_crc16(f);
	stats_add(&p->counters[counter_of[f->verdict]], 1);
	if (p->automatic && !p->decided)
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

static size_t write_tap(uint8_t out[FRAME_TAP_MAX], const struct probe_frame *f)
{
	struct frame_tap tap = {
		.fcs_type = f->verdict == PROBE_UNCHECKED ? FRAME_TAP_FCS_NONE : FRAME_TAP_FCS16,
		.has_rss = f->has_radio,
		.has_lqi = f->has_radio,
		.rss = (float)f->rssi,
		.lqi = f->correlation,
	};

	return frame_tap_write(out, &tap);
}

bool probe_packet(struct packet *packet, uint8_t out[PROBE_PACKET_MAX], const struct probe_frame *f,
                  uint16_t link_type)
{
	size_t n = link_type == LINK_IEEE802_15_4_TAP ? write_tap(out, f) : 0;
	bool with_fcs =
		link_type == LINK_IEEE802_15_4_WITHFCS || (n && f->verdict != PROBE_UNCHECKED);

	if (link_type == LINK_IEEE802_15_4_NOFCS && f->verdict == PROBE_BAD)
		return false;
	memcpy(out + n, f->mac, f->length);
	n += f->length;
	if (with_fcs && f->verdict == PROBE_UNCHECKED)
		store_fcs(out + n, frame_fcs16(f->mac, f->length));
	else if (with_fcs)
		memcpy(out + n, f->fcs, FRAME_FCS16_SIZE);
	n += with_fcs ? FRAME_FCS16_SIZE : 0;
	*packet = (struct packet){
		.data = out, .length = n, .time_ns = f->time_ns, .link_type = link_type};
	return true;
}
