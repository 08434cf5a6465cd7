#include "captured.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "base/stats.h"
#include "capture/idle_fcs.h"
#include "capture/reader.h"
#include "packet/strip.h"
#include "packet/zep.h"
#include "probe/fcs.h"
#include "probe/probe.h"

enum { READ, LINK_TYPE, TOO_SHORT, TOO_LONG, CUT, DAMAGED, NO_PLACE, BAD_FCS, COUNTERS };

static struct counter counters[COUNTERS] = {
	[READ] = {.name = "read"},
	[LINK_TYPE] = {.name = "rejected_link_type"},
	[TOO_SHORT] = {.name = "rejected_too_short"},
	[TOO_LONG] = {.name = "rejected_too_long"},
	[CUT] = {.name = "rejected_cut"},
	[DAMAGED] = {.name = "rejected_damaged"},
	[NO_PLACE] = {.name = "dropped_bad_fcs"},
	[BAD_FCS] = {.name = "bad_fcs"},
};
enum { PUT = COUNTERS }; /* no counter: what the output is given */
enum { PHY_LENGTH_AT = 5, PHY_HEADER = 6, PHY_LENGTH_BITS = 0x7f };

static struct strip_capture strips;
static struct fcs ti; /* --fcs ti, and ZEP in LQI mode */
static bool is_ti;

static enum strip_fcs fcs_of_options(void)
{
	switch (probe_options.fcs) {
	case PROBE_FCS_NONE:
	case PROBE_FCS_TI: /* which is taken off here */
		return STRIP_FCS_NONE;
	case PROBE_FCS_CRC16:
		return STRIP_FCS_CRC16;
	case PROBE_FCS_CRC32:
		return STRIP_FCS_CRC32;
	default:
		return STRIP_FCS_AUTO;
	}
}

/* The place behind the frame's last octet: after a PHY's frame there may be more. */
static const uint8_t *end_of(const struct envelope_packet *p)
{
	size_t end = p->length;

	if (p->link_type == STRIP_LINK_NONASK_PHY && p->length > PHY_HEADER) {
		size_t length = PHY_HEADER + (p->data[PHY_LENGTH_AT] & PHY_LENGTH_BITS);

		end = length < end ? length : end;
	}
	return p->data + end;
}

static bool read_tap(struct probe_frame *f, const struct envelope_packet *p)
{
	struct frame_tap tap;

	if (frame_tap_parse(&tap, p->data, p->length, NULL) < 0)
		return false;
	f->has_radio = tap.has_rss && tap.rss >= -1000 && tap.rss <= 1000;
	f->rssi = f->has_radio ? (int)tap.rss : 0;
	f->has_lqi = tap.has_lqi;
	f->correlation = tap.has_lqi ? tap.lqi : 0;
	f->has_channel = tap.has_channel;
	f->channel = tap.channel;
	f->page = tap.page;
	return true;
}

/* PUT, or what it is counted as. */
static unsigned read_frame(struct probe_frame *f, const struct envelope_packet *p, unsigned missing)
{
	struct envelope_packet mac = *p;
	enum strip_result result;

	*f = (struct probe_frame){.time_ns = p->time_ns};
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP && !read_tap(f, p))
		return TOO_SHORT;
	result = strip_captured(&strips, &mac, missing);
	if (result == STRIP_CUT || result == STRIP_TOO_SHORT)
		return result == STRIP_CUT ? CUT : TOO_SHORT;
	const uint8_t *behind = mac.data + mac.length;
	size_t fcs_size = missing ? 0 : (size_t)(end_of(p) - behind);

	f->mac = mac.data;
	f->length = mac.length;
	if (mac.length > PROBE_FRAME_MAX)
		return TOO_LONG;
	if (is_ti && !missing && strip_leaves_fcs_open(p->link_type))
		return fcs_strip(&ti, f) ? PUT : TOO_SHORT;
	if (fcs_size == FRAME_FCS16_SIZE || fcs_size == FRAME_FCS32_SIZE) {
		f->verdict = result == STRIP_BAD_FCS ? PROBE_BAD : PROBE_GOOD;
		f->fcs32 = fcs_size == FRAME_FCS32_SIZE;
		memcpy(f->fcs, behind, fcs_size);
	}
	return PUT;
}

/* In LQI mode a frame ends in TI's octets, whatever --fcs says. */
static unsigned read_zep(struct probe_frame *f, const struct envelope_packet *p)
{
	struct envelope_packet frame = *p;
	struct zep_radio radio;
	enum zep_result zep = zep_unwrap(&frame, &radio);
	unsigned result;

	if (zep != ZEP_FCS && zep != ZEP_TI)
		return zep == ZEP_DAMAGED ? TOO_SHORT : LINK_TYPE;
	if (zep == ZEP_FCS) {
		result = read_frame(f, &frame, 0);
	} else {
		*f = (struct probe_frame){
			.mac = frame.data, .length = frame.length, .time_ns = p->time_ns};
		result = fcs_strip(&ti, f) && f->length ? PUT : TOO_SHORT;
	}
	f->has_channel = true;
	f->channel = radio.channel;
	f->has_lqi |= radio.has_lqi;
	f->correlation = radio.has_lqi ? radio.lqi : f->correlation;
	return result;
}

/* A pseudo-header stays as it is, with all that it says, where the frame behind it is whole. */
static unsigned convert(const struct captured *c, const struct envelope_packet *p, unsigned missing,
                        struct envelope_packet *packet, uint8_t octets[PROBE_PACKET_MAX])
{
	struct probe_frame frame;
	unsigned result =
		zep_may_hold(p->link_type) ? read_zep(&frame, p) : read_frame(&frame, p, missing);

	if (result != PUT)
		return result;
	if (frame.verdict == PROBE_BAD)
		stats_add(&counters[BAD_FCS], 1);
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP && p->link_type == c->link_type &&
	    !missing) {
		*packet = *p;
		return PUT;
	}
	return probe_packet(packet, octets, &frame, c->link_type) ? PUT : NO_PLACE;
}

bool captured_may_hold(uint16_t link_type)
{
	return zep_may_hold(link_type) || link_type == STRIP_LINK_NONASK_PHY ||
	       link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS ||
	       link_type == ENVELOPE_LINK_IEEE802_15_4_NOFCS ||
	       link_type == ENVELOPE_LINK_IEEE802_15_4_TAP;
}

static void warn_of_link_type(const struct captured *c, uint16_t link_type)
{
	const char *words = zep_may_hold(link_type) ? " without a frame in ZEP" : "";

	if (stats_get(&counters[LINK_TYPE]) == 0)
		log_warning("%s: packets of link type %u%s are left out: only " CAPTURED_LINK_TYPES
		            " is read",
		            c->name, link_type, words);
}

/* False: no more are wanted. */
static bool take(const struct captured *c, const struct envelope_packet *p, unsigned missing)
{
	uint8_t octets[PROBE_PACKET_MAX];
	struct envelope_packet packet;
	unsigned result = LINK_TYPE;

	if (captured_may_hold(p->link_type))
		result = convert(c, p, missing, &packet, octets);
	if (result == PUT)
		return c->put(&packet);
	if (result == LINK_TYPE)
		warn_of_link_type(c, p->link_type);
	stats_add(&counters[result], 1);
	return true;
}

static bool is_fcs_named(void)
{
	return probe_options.fcs == PROBE_FCS_CRC16 || probe_options.fcs == PROBE_FCS_CRC32 ||
	       probe_options.fcs == PROBE_FCS_TI;
}

/* What the reader has passed over by itself was read, too. */
static void count_passed_over(const struct capture_reader *r)
{
	stats_add(&counters[CUT], capture_reader_cut(r));
	stats_add(&counters[DAMAGED], capture_reader_damaged(r));
	stats_add(&counters[READ], capture_reader_cut(r) + capture_reader_damaged(r));
}

/* That a record is not whole is no fault where the file was replaced. */
static int end_anew(const struct why *why, int result)
{
	if (result < 0)
		log_warning("%s", why->text);
	return CAPTURED_ANEW;
}

static int read_all(const struct captured *c, struct capture_reader *r)
{
	struct envelope_packet p;
	struct why why;
	uint64_t used;
	bool wanted = true;
	int result = 1;

	while (wanted && !loop_stopping() && (result = capture_reader_next(r, &p, &why)) == 1) {
		stats_add(&counters[READ], 1);
		wanted = take(c, &p, capture_reader_missing(r));
	}
	if (result <= 0 && capture_reader_anew(r)) {
		count_passed_over(r);
		return end_anew(&why, result);
	}
	if (result < 0)
		log_error("%s", why.text);
	used = stats_get(&counters[READ]) - stats_get(&counters[LINK_TYPE]) -
	       stats_get(&counters[TOO_SHORT]) - stats_get(&counters[TOO_LONG]) -
	       stats_get(&counters[CUT]);
	count_passed_over(r);
	idle_fcs_warn_of_other(c->name, &strips);
	if (used && is_fcs_named())
		idle_fcs_warn(c->name, &strips);
	if (stats_get(&counters[READ]) && !used)
		log_warning("%s: nothing can be used of %" PRIu64 " packets", c->name,
		            stats_get(&counters[READ]));
	return result < 0 || (stats_get(&counters[READ]) && !used) ? EXIT_RUNNING : EXIT_OK;
}

static void warn_of_line_options(const char *name)
{
	const struct {
		bool given;
		const char *option;
	} options[] = {
		{probe_options.firmware > 0, "firmware"},
		{probe_options.channel >= 0, "channel"},
		{probe_options.max_frame != PROBE_FRAME_MAX, "max-frame"},
		{!probe_options.clock, "probe-clock"},
	};

	for (unsigned i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].given && !option_yields(options[i].option, NULL))
			log_warning("%s: --%s is about a line: the frames of a capture keep what "
			            "it says of them",
			            name, options[i].option);
}

int captured_read(const struct captured *c)
{
	struct why why;
	struct capture_reader *r;

	static bool registered;

	if (!registered)
		stats_register("capture", counters, COUNTERS);
	if (!registered)
		warn_of_line_options(c->name);
	registered = true;
	is_ti = probe_options.fcs == PROBE_FCS_TI;
	strips.fcs = fcs_of_options();
	fcs_init(&ti, PROBE_FCS_TI, (int)probe_options.rssi_offset);
	r = capture_reader_continue(c->fd, c->name, c->octets, c->length, &c->waiting, &why);
	if (!r && loop_stopping())
		return EXIT_OK;
	if (!r) {
		log_error("%s", why.text);
		return EXIT_RUNNING;
	}
	capture_reader_before_wait(r, c->before_wait);
	int status = read_all(c, r);
	capture_reader_close(r);
	return status;
}
