#include "packet/json_lines.h"

#include <stdbool.h>
#include <stdio.h>

#include "frame.h"
#include "packet/payload.h"
#include "packet/strip.h"
#include "packet/words.h"

enum { SECOND = 1000000000, END_ROOM = 2 }; /* the object's own '}' and the NUL */

enum { TIME_MAX = sizeof "\"time\":-" + DIGITS_MAX + sizeof ".123456789" };

static char *put_time(char *at, int64_t ns)
{
	uint64_t since = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint32_t nanos = (uint32_t)(since % SECOND);

	at = words_copy(at, "\"time\":");
	if (ns < 0)
		*at++ = '-';
	at = digits_put_number(at, since / SECOND);
	*at++ = '.';
	*at++ = (char)('0' + nanos / 100000000);
	at = digits_put_four(at, nanos / 10000 % 10000);
	return digits_put_four(at, nanos % 10000);
}

void json_time(struct text *t, int64_t ns)
{
	char elsewhere[TIME_MAX], *begin = words_piece(t, elsewhere, sizeof elsewhere);

	words_piece_made(t, begin, put_time(begin, ns));
}

/* --- what stands before the frame --- */

static char *put_field(char *at, const char *name, uint64_t number)
{
	return digits_put_number(words_copy(at, name), number);
}

enum { RSS_MAX = sizeof ",'rssi':-1.23457e-38" };

/* Radios say whole dBm. */
static char *put_rss(char *at, float rss)
{
	if (!(rss >= -1000 && rss <= 1000))
		return at;
	if ((float)(int)rss != rss)
		return at + snprintf(at, RSS_MAX, ",\"rssi\":%g", (double)rss);
	at = words_copy(at, ",\"rssi\":");
	*at = '-';
	return digits_put_number(at + (rss < 0), (uint64_t)(rss < 0 ? -rss : rss));
}

static char *put_radio(char *at, const struct frame_tap *tap)
{
	if (tap->has_channel)
		at = put_field(at, ",\"channel\":", tap->channel);
	if (tap->has_channel && tap->page)
		at = put_field(at, ",\"page\":", tap->page);
	if (tap->has_rss)
		at = put_rss(at, tap->rss);
	if (tap->has_lqi)
		at = put_field(at, ",\"lqi\":", tap->lqi);
	if (tap->has_asn)
		at = put_field(at, ",\"asn\":", tap->asn);
	return at;
}

/* --- the frame --- */

static void add_octets(struct text *t, const uint8_t *octets, size_t length)
{
	if (t->length + 2 * length + sizeof ",\"octets\":\"\"" + END_ROOM > t->size) {
		text_add(t, ",\"frame\":null");
		return;
	}
	text_add(t, ",\"octets\":\"");
	for (size_t i = 0; i < length; i++)
		text_add(t, "%02x", octets[i]);
	text_add(t, "\"");
}

/* Left out where it does not fit. */
static void add_inside(struct text *t, const struct frame *frame, const uint8_t *octets)
{
	struct fields f = {
		.text = {t->out, t->size - END_ROOM, t->length}, .json = true, .begun = true};
	struct payload payload;

	if (!payload_parse(&payload, frame, octets))
		return;
	fields_open(&f, "inside");
	payload_fields(&f, &payload);
	fields_close(&f);
	if (!f.cut)
		t->length = f.text.length;
}

static void add_frame(struct text *t, const uint8_t *octets, size_t length)
{
	size_t before = t->length, room, n;
	struct frame_fault fault;
	struct frame frame;

	words_add(t, ",\"frame\":");
	room = t->size - t->length - END_ROOM;
	frame_parse(&frame, octets, length, FRAME_LENIENT, &fault);
	n = frame_json_of(t->out + t->length, room, &frame, octets, &fault);
	if (n < room) {
		t->length += n;
		add_inside(t, &frame, octets);
		return;
	}
	t->length = before;
	add_octets(t, octets, length);
}

size_t json_frame_octets(char *out, size_t size, const uint8_t *octets, size_t length)
{
	struct text t = {out, size, 0};

	add_frame(&t, octets, length);
	out[0] = '{'; /* it begins with a comma */
	text_add(&t, "}");
	return t.length;
}

/* What the packet is without its pseudo-header, and what its frame ends in. */
static bool take_tap_off(struct envelope_packet *mac, struct frame_tap *tap, unsigned *fcs)
{
	int header;

	if (mac->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS)
		*fcs = strip_fcs_type(mac->data, mac->length);
	if (mac->link_type != ENVELOPE_LINK_IEEE802_15_4_TAP) {
		*tap = (struct frame_tap){0};
		return true;
	}
	header = frame_tap_parse(tap, mac->data, mac->length, NULL);
	if (header < 0)
		return false;
	mac->data += header;
	mac->length -= (size_t)header;
	*fcs = tap->fcs_type;
	return true;
}

static char *put_verdict(char *at, unsigned fcs, const struct envelope_packet *mac)
{
	if (fcs == FRAME_TAP_FCS_NONE)
		return words_copy(at, ",\"fcs\":\"none\"");
	if (strip_fcs_ok(fcs, mac->data, mac->length))
		return words_copy(at, ",\"fcs\":\"good\"");
	return words_copy(at, ",\"fcs\":\"bad\"");
}

enum {
	BEFORE_MAX = TIME_MAX + RSS_MAX + 2 * DIGITS_MAX +
	             sizeof "{,'channel':65535,'page':255,'lqi':255,'asn':,'fcs':'none','length':"
};
_Static_assert(BEFORE_MAX + sizeof ",'frame':null}" <= JSON_FRAME_MIN, "it has room in any case");

size_t json_frame(char *out, size_t size, const struct envelope_packet *p)
{
	struct text t = {out, size, 0};
	struct envelope_packet mac = *p;
	struct frame_tap tap;
	unsigned fcs = FRAME_TAP_FCS_NONE;
	char *at = put_time(words_copy(out, "{"), p->time_ns);

	if (!take_tap_off(&mac, &tap, &fcs)) {
		at = words_copy(at, ",\"error\":\"damaged TAP header\"");
		t.length = (size_t)(at - out);
		add_octets(&t, p->data, p->length);
	} else {
		size_t fcs_size = strip_fcs_size(fcs);
		size_t length = mac.length > fcs_size ? mac.length - fcs_size : 0;
		at = put_verdict(put_radio(at, &tap), fcs, &mac);
		t.length = (size_t)(put_field(at, ",\"length\":", length) - out);
		add_frame(&t, mac.data, length);
	}
	words_add(&t, "}");
	return t.length;
}
