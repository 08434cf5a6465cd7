#include "packet/json_lines.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/text.h"
#include "frame.h"
#include "packet/strip.h"

enum { SECOND = 1000000000, END_ROOM = 2 }; /* the object's own '}' and the NUL */

static void add_time(struct text *t, int64_t ns)
{
	bool before = ns < 0;
	uint64_t since = before ? -(uint64_t)ns : (uint64_t)ns;

	text_add(t, "\"time\":%s%" PRIu64 ".%09" PRIu64, before ? "-" : "", since / SECOND,
	         since % SECOND);
}

static void add_radio(struct text *t, const struct frame_tap *tap)
{
	if (tap->has_channel)
		text_add(t, ",\"channel\":%u", tap->channel);
	if (tap->has_channel && tap->page)
		text_add(t, ",\"page\":%u", tap->page);
	if (tap->has_rss && tap->rss >= -1000 && tap->rss <= 1000)
		text_add(t, ",\"rssi\":%g", (double)tap->rss);
	if (tap->has_lqi)
		text_add(t, ",\"lqi\":%u", tap->lqi);
	if (tap->has_asn)
		text_add(t, ",\"asn\":%" PRIu64, tap->asn);
}

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

static void add_frame(struct text *t, const uint8_t *octets, size_t length)
{
	size_t before = t->length, room, n;

	text_add(t, ",\"frame\":");
	room = t->size - t->length - END_ROOM;
	n = frame_json(t->out + t->length, room, octets, length);
	if (n < room) {
		t->length += n;
		return;
	}
	t->length = before;
	add_octets(t, octets, length);
}

/* What the packet is without its pseudo-header, and what its frame ends in. */
static bool take_tap_off(struct envelope_packet *mac, struct frame_tap *tap, unsigned *fcs)
{
	int header;

	if (mac->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS)
		*fcs = strip_fcs_type(mac->data, mac->length);
	if (mac->link_type != ENVELOPE_LINK_IEEE802_15_4_TAP)
		return true;
	header = frame_tap_parse(tap, mac->data, mac->length, NULL);
	if (header < 0)
		return false;
	mac->data += header;
	mac->length -= (size_t)header;
	*fcs = tap->fcs_type;
	return true;
}

size_t json_frame(char *out, size_t size, const struct envelope_packet *p)
{
	struct text t = {out, size, 0};
	struct envelope_packet mac = *p;
	struct frame_tap tap = {0};
	unsigned fcs = FRAME_TAP_FCS_NONE;

	text_add(&t, "{");
	add_time(&t, p->time_ns);
	if (!take_tap_off(&mac, &tap, &fcs)) {
		text_add(&t, ",\"error\":\"damaged TAP header\"");
		add_octets(&t, p->data, p->length);
	} else {
		size_t fcs_size = strip_fcs_size(fcs);
		size_t length = mac.length > fcs_size ? mac.length - fcs_size : 0;
		const char *verdict = fcs == FRAME_TAP_FCS_NONE                 ? "none"
		                      : strip_fcs_ok(fcs, mac.data, mac.length) ? "good"
		                                                                : "bad";

		add_radio(&t, &tap);
		text_add(&t, ",\"fcs\":\"%s\",\"length\":%zu", verdict, length);
		add_frame(&t, mac.data, length);
	}
	text_add(&t, "}");
	return t.length;
}
