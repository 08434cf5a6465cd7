/* learn.c - what frames say of extended addresses and of slot numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limit.h"
#include "frame_keys/opener.h"
#include "packet/payload.h"

enum { IPHC_MASK = 0xe0, IPHC = 0x60 }; /* a packet of one hop, in one frame */
static const int64_t slot_ns = INT64_C(10000000), slots_good_for_ns = INT64_C(30000000000);

bool pan_of(const struct frame *f, uint16_t *pan)
{
	const struct frame_address *a = f->source.has_pan ? &f->source : &f->destination;

	*pan = a->pan;
	return a->has_pan;
}

/* --- addresses --- */

void learn_address(struct frame_keys *k, uint16_t pan, uint16_t address, uint64_t extended,
                   enum address_standing standing)
{
	uint64_t before = 0;
	char name[32];
	enum device_news news = devices_note(
		k->devices, pan, address, (struct address_candidate){extended, standing}, &before);

	if (news != DEVICE_KNOWN)
		keys_stats_address(k->counters_of, news == DEVICE_DISPUTED);
	if (news != DEVICE_DISPUTED)
		return;
	snprintf(name, sizeof name, "%04x/%04x", pan, address);
	limited_warning_about(
		name,
		"%s is %s to be %016" PRIx64 ", and was %016" PRIx64 " before: both are tried",
		name, standing == ADDRESS_PROVEN ? "found by its MIC" : "said", extended, before);
}

static void learn_from_command(struct frame_keys *k, const struct frame *f, const uint8_t *octets,
                               enum address_standing standing)
{
	const struct frame_address *to = &f->destination;
	struct frame_command c;
	uint16_t pan;

	if (frame_command_parse(&c, octets + f->payload.offset, f->payload.length, NULL) < 0)
		return;
	pan = to->has_pan ? to->pan : f->source.pan;
	if (c.id == FRAME_ASSOCIATION_RESPONSE && c.status == 0 &&
	    to->mode == FRAME_ADDRESS_EXTENDED && (to->has_pan || f->source.has_pan))
		learn_address(k, pan, c.address, to->value, standing);
	if (c.id != FRAME_COORDINATOR_REALIGNMENT)
		return;
	if (to->mode == FRAME_ADDRESS_EXTENDED)
		learn_address(k, c.pan, c.address, to->value, standing);
	if (f->source.mode == FRAME_ADDRESS_EXTENDED)
		learn_address(k, c.pan, c.coordinator, f->source.value, standing);
}

bool extended_of(uint64_t *extended, const uint8_t address[16])
{
	static const uint8_t link_local[8] = {0xfe, 0x80};
	static const uint8_t of_short[6] = {0, 0, 0, 0xff, 0xfe, 0};

	if (memcmp(address, link_local, 8) != 0 || memcmp(address + 8, of_short, 6) == 0)
		return false;
	*extended = 0;
	for (int i = 0; i < 8; i++)
		*extended = *extended << 8 | address[8 + i];
	*extended ^= UINT64_C(0x02) << 56 /* universal or local */;
	return true;
}

/* A link-local address that is made of the extended one, from a short address. What a tunnel holds
 * is from somebody behind that. */
static void learn_from_packet(struct frame_keys *k, const struct frame *f, const uint8_t *octets,
                              enum address_standing standing)
{
	struct payload p;
	uint64_t extended;
	uint16_t pan;

	if (f->source.mode != FRAME_ADDRESS_SHORT || !f->payload.length || !pan_of(f, &pan) ||
	    (octets[f->payload.offset] & IPHC_MASK) != IPHC || !payload_parse(&p, f, octets))
		return;
	if (p.ip.is_there && !p.lowpan.tunnelled && p.ip.source.state == ADDRESS_KNOWN &&
	    extended_of(&extended, p.ip.source.octets))
		learn_address(k, pan, (uint16_t)f->source.value, extended, standing);
}

/* --- slots --- */

bool slot_of_beacon(const struct frame *f, const uint8_t *octets, uint64_t *asn)
{
	struct frame_ie_iterator it, nested;
	struct frame_ie_value value;
	struct frame_ie ie;

	if (f->type != FRAME_BEACON || !f->payload_ies.length)
		return false;
	frame_ie_iterator_init(&it, FRAME_IE_PAYLOAD, octets, f->payload_ies);
	while (frame_ie_next(&it, &ie, NULL) == 1) {
		if (ie.id != FRAME_IE_MLME)
			continue;
		frame_ie_iterator_init(&nested, FRAME_IE_NESTED, octets, ie.content);
		while (frame_ie_next(&nested, &ie, NULL) == 1) {
			frame_ie_parse(&value, octets, &ie);
			if (value.form == FRAME_IE_FORM_TSCH_SYNCHRONIZATION) {
				*asn = value.synchronization.asn;
				return true;
			}
		}
	}
	return false;
}

static void note_slot(struct frame_keys *k, uint16_t pan, uint64_t asn, int64_t time_ns)
{
	struct slot_time *s = NULL;

	for (unsigned i = 0; i < ASN_MAX && !s; i++)
		if (k->slots[i].is_known && k->slots[i].pan == pan)
			s = &k->slots[i];
	if (!s) {
		s = &k->slots[k->next_slot];
		k->next_slot = (k->next_slot + 1) % ASN_MAX;
	}
	*s = (struct slot_time){true, pan, asn, time_ns};
}

/* Slots of 10 ms, the default; clocks drift less than a slot in that time, and stamps may be late.
 */
unsigned slots_guess(const struct frame_keys *k, const struct frame *f, int64_t time_ns,
                     uint64_t out[ASN_GUESSES])
{
	static const int steps[ASN_GUESSES] = {0, -1, 1, -2, 2};
	uint16_t pan;

	for (unsigned i = 0; pan_of(f, &pan) && i < ASN_MAX; i++) {
		const struct slot_time *s = &k->slots[i];
		/* Times of captures are any; what is too large for the difference is too late. */
		uint64_t since = (uint64_t)time_ns - (uint64_t)s->time_ns;

		if (!s->is_known || s->pan != pan || time_ns < s->time_ns ||
		    since > (uint64_t)slots_good_for_ns)
			continue;
		since = (since + slot_ns / 2) / slot_ns;
		for (unsigned n = 0; n < ASN_GUESSES; n++)
			out[n] = s->asn + since + (uint64_t)steps[n];
		return ASN_GUESSES;
	}
	return 0;
}

void learn(struct frame_keys *k, const struct frame *f, const uint8_t *octets, int64_t time_ns,
           enum address_standing standing)
{
	uint64_t asn;
	uint16_t pan;
	bool has_pan = pan_of(f, &pan);

	if (f->source.mode == FRAME_ADDRESS_EXTENDED && has_pan && standing == ADDRESS_CLAIMED)
		devices_note_heard(k->devices, pan, f->source.value, false);
	if (f->type == FRAME_COMMAND)
		learn_from_command(k, f, octets, standing);
	else if (f->type == FRAME_BEACON && has_pan && slot_of_beacon(f, octets, &asn))
		note_slot(k, pan, asn, time_ns);
	else if (f->type == FRAME_DATA)
		learn_from_packet(k, f, octets, standing);
}
