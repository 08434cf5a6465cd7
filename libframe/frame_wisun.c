/* frame_wisun.c - the IEs of Wi-SUN FAN: the header IE, and those nested in the payload IE. */
#include "frame.h"

#include <string.h>

#include "frame_octets.h"

enum { HEADER_UTT = 1, HEADER_BT, HEADER_FC, HEADER_RSL, HEADER_EA = 9, HEADER_LUTT, HEADER_LBT };
enum { HEADER_PANID = 18 };
enum { LONG_US = 1, LONG_BS = 2 };
enum { SHORT_PAN = 4, SHORT_NETNAME, SHORT_PANVER, SHORT_GTKHASH, SHORT_LFNVER = 0x40 };
enum { RSL_OF_0_DBM = 174, TIMING_SIZE = 4, BROADCAST_SIZE = 6 };

struct content {
	const uint8_t *p;
	size_t length;
};

/* Every parser returns the octets that it knows, 0: too few. */

static size_t parse_utt(struct frame_wisun *w, struct content c, bool lfn)
{
	size_t slot = lfn ? 2 : 0;

	if (c.length < 4 + slot)
		return 0;
	w->form = FRAME_WISUN_UTT;
	w->frame_type = c.p[0] & 0xf;
	w->slot = lfn ? get_le16(c.p + 1) : 0;
	w->fraction = get_le24(c.p + 1 + slot);
	return 4 + slot;
}

static size_t parse_bt(struct frame_wisun *w, struct content c)
{
	if (c.length < 5)
		return 0;
	w->form = FRAME_WISUN_BT;
	w->slot = get_le16(c.p);
	w->fraction = get_le24(c.p + 2);
	return 5;
}

static size_t parse_rsl(struct frame_wisun *w, struct content c)
{
	if (c.length < 1)
		return 0;
	w->form = FRAME_WISUN_RSL;
	w->rsl = (int)c.p[0] - RSL_OF_0_DBM;
	return 1;
}

static size_t parse_ea(struct frame_wisun *w, struct content c)
{
	if (c.length < 8)
		return 0;
	w->form = FRAME_WISUN_EA;
	for (unsigned i = 0; i < 8; i++)
		w->extended = w->extended << 8 | c.p[i];
	return 8;
}

static size_t parse_panid(struct frame_wisun *w, struct content c)
{
	if (c.length < 2)
		return 0;
	w->form = FRAME_WISUN_PANID;
	w->pan = get_le16(c.p);
	return 2;
}

static size_t parse_header(struct frame_wisun *w, struct content c)
{
	switch (w->sub_id) {
	case HEADER_UTT:
	case HEADER_LUTT:
		return parse_utt(w, c, w->sub_id == HEADER_LUTT);
	case HEADER_BT:
	case HEADER_LBT:
		return parse_bt(w, c);
	case HEADER_RSL:
		return parse_rsl(w, c);
	case HEADER_EA:
		return parse_ea(w, c);
	case HEADER_PANID:
		return parse_panid(w, c);
	}
	return 0;
}

/* Octets of the channel plan's fields: regulatory domain and operating class, first frequency with
 * spacing and count, or regulatory domain and plan ID. */
static size_t plan_octets(unsigned plan)
{
	static const uint8_t octets[] = {2, 6, 2};

	return plan < sizeof octets ? octets[plan] : 0;
}

/* From the dwell interval on, which the two schedules have in common. */
static size_t parse_schedule(struct frame_wisun *w, struct content c)
{
	size_t at = 4 + (c.length >= 4 ? plan_octets(c.p[3] & 7) : 0);

	if (c.length < at)
		return 0;
	w->dwell = c.p[0];
	w->plan = c.p[3] & 7;
	w->function = c.p[3] >> 3 & 7;
	w->has_domain = w->plan == 0 || w->plan == 2;
	w->domain = w->has_domain ? c.p[4] : 0;
	w->plan_class = w->has_domain ? c.p[5] : 0;
	w->has_fixed_channel = w->function == 0 && c.length >= at + 2;
	if (w->has_fixed_channel)
		w->fixed_channel = get_le16(c.p + at);
	return at + (w->has_fixed_channel ? 2 : 0);
}

static size_t parse_us(struct frame_wisun *w, struct content c)
{
	size_t used = parse_schedule(w, c);

	w->form = used ? FRAME_WISUN_US : FRAME_WISUN_OPAQUE;
	return used;
}

static size_t parse_bs(struct frame_wisun *w, struct content c)
{
	size_t used = c.length < BROADCAST_SIZE
	                      ? 0
	                      : parse_schedule(w, (struct content){c.p + BROADCAST_SIZE,
	                                                           c.length - BROADCAST_SIZE});

	if (!used)
		return 0;
	w->form = FRAME_WISUN_BS;
	w->interval = get_le32(c.p);
	w->schedule_id = get_le16(c.p + 4);
	return BROADCAST_SIZE + used;
}

static size_t parse_pan(struct frame_wisun *w, struct content c)
{
	if (c.length < 5)
		return 0;
	w->form = FRAME_WISUN_PAN;
	w->size = get_le16(c.p);
	w->cost = get_le16(c.p + 2);
	w->parent_schedule = c.p[4] & 0x01;
	w->layer_3 = c.p[4] & 0x02;
	w->version = c.p[4] >> 5;
	return 5;
}

static size_t parse_panver(struct frame_wisun *w, struct content c)
{
	if (c.length < 2)
		return 0;
	w->form = FRAME_WISUN_PANVER;
	w->version = get_le16(c.p);
	return 2;
}

/* A name or keys' hashes: all of it is rest. */
static bool is_all_rest(struct frame_wisun *w, const struct frame_ie *ie)
{
	if (ie->long_format || ie->kind != FRAME_IE_WISUN_NESTED)
		return false;
	if (ie->id == SHORT_NETNAME)
		w->form = FRAME_WISUN_NETNAME;
	if (ie->id == SHORT_GTKHASH && ie->content.length >= 32)
		w->form = FRAME_WISUN_GTKHASH;
	return w->form;
}

static size_t parse_nested(struct frame_wisun *w, struct content c, bool is_long)
{
	if (is_long)
		return w->sub_id == LONG_US   ? parse_us(w, c)
		       : w->sub_id == LONG_BS ? parse_bs(w, c)
		                              : 0;
	switch (w->sub_id) {
	case SHORT_PAN:
		return parse_pan(w, c);
	case SHORT_PANVER:
	case SHORT_LFNVER:
		return parse_panver(w, c);
	}
	return 0;
}

void frame_wisun_parse(struct frame_wisun *w, const uint8_t *octets, const struct frame_ie *ie)
{
	struct content c = {octets + ie->content.offset, ie->content.length};
	bool is_header = ie->kind == FRAME_IE_HEADER;
	size_t used = 0;

	memset(w, 0, sizeof *w);
	w->sub_id = ie->id;
	if (is_header) {
		w->sub_id = c.length ? c.p[0] : 0;
		used = c.length ? 1 : 0;
		used += parse_header(w, (struct content){c.p + used, c.length - used});
	} else if (!is_all_rest(w, ie)) {
		used = parse_nested(w, c, ie->long_format);
	}
	w->rest = (struct frame_span){(uint16_t)(ie->content.offset + used),
	                              (uint16_t)(ie->content.length - used)};
}

/* --- names --- */

#define NAME_IN(names, id)                                                                         \
	((id) < sizeof(names) / sizeof *(names) && (names)[id] ? (names)[id] : "Reserved")

const char *frame_wisun_name(const struct frame_ie *ie, const struct frame_wisun *w)
{
	static const char *const header[] = {
		[1] = "UTT",  [2] = "BT",   [3] = "FC",     [4] = "RSL",   [5] = "MHDS",
		[6] = "VH",   [7] = "NFT",  [8] = "LQI",    [9] = "EA",    [10] = "LUTT",
		[11] = "LBT", [12] = "NR",  [13] = "LUS",   [14] = "FLUS", [15] = "LBS",
		[16] = "LND", [17] = "LTO", [18] = "PANID", [29] = "RT",
	};
	static const char *const longs[] = {[1] = "US", [2] = "BS", [3] = "VP", [4] = "LCP"};
	static const char *const shorts[] = {
		[4] = "PAN",   [5] = "NETNAME", [6] = "PANVER",    [7] = "GTKHASH",     [8] = "POM",
		[9] = "LBATS", [10] = "JM",     [0x40] = "LFNVER", [0x41] = "LGTKHASH",
	};

	if (ie->kind == FRAME_IE_HEADER)
		return NAME_IN(header, w->sub_id);
	return ie->long_format ? NAME_IN(longs, w->sub_id) : NAME_IN(shorts, w->sub_id);
}

const char *frame_wisun_frame_name(unsigned type)
{
	static const char *const names[] = {
		"PAN Advertisement",
		"PAN Advertisement Solicit",
		"PAN Configuration",
		"PAN Configuration Solicit",
		"Data",
		"Acknowledgment",
		"EAPOL",
		[9] = "LFN PAN Advertisement",
		[10] = "LFN PAN Advertisement Solicit",
		[11] = "LFN PAN Configuration",
		[12] = "LFN PAN Configuration Solicit",
		[13] = "LFN Time Synchronization",
	};

	return NAME_IN(names, type);
}

const char *frame_wisun_function_name(unsigned function)
{
	static const char *const names[] = {"fixed", "TR51CF", "DH1CF", "vendor's"};

	return NAME_IN(names, function);
}
