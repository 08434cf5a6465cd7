/* frame_hint.c - what the payload may be, by its first octets. */
#include "frame.h"

#include "frame_octets.h"

struct view {
	const uint8_t *p;
	size_t length;
};

static bool skip(struct view *v, size_t n)
{
	if (v->length < n)
		return false;
	v->p += n;
	v->length -= n;
	return true;
}

/* RFC 4944 5.2: mesh header, addresses of two or eight octets. RFC 4944 5.3, RFC 8931 5.1: first
 * fragment. RFC 8025: switches to the two pages whose dispatches are assigned. */
static bool skip_to_header(struct view *v)
{
	while (v->length && (v->p[0] & 0xc0) == 0x80) {
		size_t deep = (v->p[0] & 0xf) == 0xf;

		if (!skip(v, 1 + deep + (v->p[0] & 0x20 ? 2 : 8) + (v->p[0] & 0x10 ? 2 : 8)))
			return false;
	}
	if (v->length && (v->p[0] & 0xf8) == 0xc0 && !skip(v, 4))
		return false;
	if (v->length > 2 && (v->p[0] & 0xfe) == 0xe8 && !(v->p[2] >> 2 & 0x1f) && !skip(v, 6))
		return false;
	while (v->length && (v->p[0] & 0xfe) == 0xf0)
		skip(v, 1);
	return v->length > 0;
}

static inline bool skip_before_header(struct view *v)
{
	return v->length && (v->p[0] < 0x80 || skip_to_header(v));
}

/* RFC 6282 3.1.1: moves over an IPHC header whose next header is compressed too. */
static bool skip_iphc(struct view *v)
{
	static const uint8_t traffic_class[] = {4, 3, 1, 0};
	/* In line, by SAC and SAM, and by M, DAC and DAM. */
	static const uint8_t source[] = {16, 8, 2, 0, 0, 8, 2, 0};
	static const uint8_t destination[] = {16, 8, 2, 0, 0, 8, 2, 0, 16, 6, 4, 1, 6, 6, 6, 6};
	unsigned first, second;
	size_t octets = 2;

	if (v->length < 2 || (v->p[0] & 0xe0) != 0x60 || !(v->p[0] & 0x04))
		return false;
	first = v->p[0];
	second = v->p[1];
	octets += traffic_class[first >> 3 & 3];
	octets += first & 3 ? 0 : 1;
	octets += second & 0x80 ? 1 : 0;
	octets += source[second >> 4 & 7] + destination[second & 0xf];
	return skip(v, octets);
}

/* RFC 6282 4.3.3 */
static bool udp_port_is(struct view *v, unsigned port)
{
	const uint8_t *p = v->p;

	if (v->length < 5 || (p[0] & 0xf8) != 0xf0)
		return false;
	switch (p[0] & 3) {
	case 0:
		return (p[1] << 8 | p[2]) == (int)port || (p[3] << 8 | p[4]) == (int)port;
	case 1:
		return (p[1] << 8 | p[2]) == (int)port;
	case 2:
		return (p[2] << 8 | p[3]) == (int)port;
	}
	return false;
}

/* A dispatch says little by itself: the header that it promises must at least fit, with something
 * behind it, but for an RFRAG-ACK (RFC 8931 5.2), which is all there is. */
static bool is_6lowpan(struct view v)
{
	if (v.length <= 2)
		return false;
	if ((v.p[0] & 0xe0) == 0x60) /* IPHC, which most have */
		return true;
	if (!frame_dispatch_name(v.p[0]))
		return false;
	if ((v.p[0] & 0xf8) == 0xe0)
		return v.length > 5;
	if ((v.p[0] & 0xfc) == 0xe8)
		return v.length > (v.p[0] & 0x02 ? 5 : 6);
	return skip_before_header(&v);
}

static bool is_mle(struct view v)
{
	return skip_before_header(&v) && skip_iphc(&v) && udp_port_is(&v, 19788);
}

static bool is_mesh_before_dispatch(struct view v)
{
	return v.length && (v.p[0] & 0xc0) == 0x80 && skip_before_header(&v) &&
	       frame_dispatch_name(v.p[0]);
}

/* Zigbee network header: frame type 0 or 1, protocol version 1 (2004) or 2 (2006 and Pro), no
 * reserved bit set. Route discovery 3 is reserved, and 2 since 2006: with these two a FRAG1 of 1024
 * octets and more and mesh headers would look so. */
static bool is_zigbee_network(const struct frame *f, struct view v)
{
	unsigned version, discovery;

	if (f->type != FRAME_DATA || f->destination.mode != FRAME_ADDRESS_SHORT ||
	    f->source.mode != FRAME_ADDRESS_SHORT || v.length < 8)
		return false;
	version = v.p[0] >> 2 & 0xf;
	discovery = v.p[0] >> 6;
	return (v.p[0] & 3) <= 1 && !(v.p[1] & 0xc0) &&
	       ((version == 2 && discovery <= 1) ||
	        (version == 1 && discovery <= 2 && !is_mesh_before_dispatch(v)));
}

/* The stub network header of an inter-PAN frame (type 3, version 2, nothing else), then an
 * application header of frame type 3. */
static bool is_zigbee_inter_pan(const struct frame *f, struct view v)
{
	return f->type == FRAME_DATA && v.length >= 7 && v.p[0] == 0x0b && !v.p[1] &&
	       (v.p[2] & 3) == 3;
}

/* Zigbee Green Power's network header: protocol version 3, data or maintenance. A device has no
 * short address: it has none at all, and its own number in the header, or sends to all from its
 * extended one, as the extension says (application ID 2). */
static bool is_green_power(const struct frame *f, struct view v)
{
	bool extended = v.p[0] & 0x80;

	if (f->type != FRAME_DATA || f->destination.mode != FRAME_ADDRESS_SHORT ||
	    (v.p[0] >> 2 & 0xf) != 3 || (v.p[0] & 3) > 1 || v.length < 2u + extended)
		return false;
	if (f->source.mode == FRAME_ADDRESS_NONE)
		return true;
	return f->source.mode == FRAME_ADDRESS_EXTENDED && f->destination.value == 0xffff &&
	       extended && (v.p[1] & 7) == 2 && !is_mesh_before_dispatch(v);
}

static bool is_zigbee_beacon(const uint8_t *octets, const struct frame *f)
{
	struct frame_beacon b;
	int at = frame_beacon_parse(&b, octets + f->payload.offset, f->payload.length, NULL);
	const uint8_t *p = octets + f->payload.offset + b.payload.offset;

	return at >= 0 && b.payload.length == 15 && p[0] == 0 && (p[1] >> 4 == 1 || p[1] >> 4 == 2);
}

/* 9.3: what versions 0 and 1 leave in clear. */
static size_t octets_in_clear(const struct frame *f, const uint8_t *octets)
{
	struct frame_beacon b;
	int at;

	if (f->version >= 2 || f->type == FRAME_MULTIPURPOSE)
		return 0;
	if (f->type == FRAME_COMMAND)
		return 1;
	if (f->type != FRAME_BEACON)
		return 0;
	at = frame_beacon_parse(&b, octets + f->payload.offset, f->payload.length, NULL);
	return at < 0 ? f->payload.length : (size_t)at;
}

static enum frame_hint hint_of_zigbee(const struct frame *f, struct view v)
{
	if (is_zigbee_network(f, v) || is_zigbee_inter_pan(f, v))
		return FRAME_HINT_ZIGBEE;
	return is_green_power(f, v) ? FRAME_HINT_ZIGBEE_GREEN_POWER : FRAME_HINT_UNKNOWN;
}

static enum frame_hint hint_of_data(const struct frame *f, struct view v)
{
	enum { ZIGBEE_VERSION_MAX = 3 };
	enum frame_hint hint = FRAME_HINT_UNKNOWN;

	if ((v.p[0] >> 2 & 0xf) <= ZIGBEE_VERSION_MAX)
		hint = hint_of_zigbee(f, v);
	if (hint != FRAME_HINT_UNKNOWN)
		return hint;
	if (is_mle(v))
		return FRAME_HINT_THREAD_MLE;
	return is_6lowpan(v) ? FRAME_HINT_6LOWPAN : FRAME_HINT_UNKNOWN;
}

enum frame_hint frame_hint(const struct frame *f, const uint8_t *octets)
{
	struct view v = {octets + f->payload.offset, f->payload.length};

	if (f->error || !v.length)
		return FRAME_HINT_UNKNOWN;
	if (f->security_enabled && f->security.level & 4 && !f->decrypted)
		return v.length > octets_in_clear(f, octets) ? FRAME_HINT_ENCRYPTED
		                                             : FRAME_HINT_UNKNOWN;
	if (f->type == FRAME_BEACON && f->version < 2)
		return is_zigbee_beacon(octets, f) ? FRAME_HINT_ZIGBEE : FRAME_HINT_UNKNOWN;
	if (f->type != FRAME_DATA && f->type != FRAME_MULTIPURPOSE)
		return FRAME_HINT_UNKNOWN;
	return hint_of_data(f, v);
}
