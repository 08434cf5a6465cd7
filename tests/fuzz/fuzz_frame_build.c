/* Any fields to every builder of libframe: nothing is written past the end, and what was built is
 * read as the same again. */
#include "fuzz_frame.h"

struct input {
	const uint8_t *p;
	size_t length;
};

static uint64_t take(struct input *in, size_t octets)
{
	uint64_t value = 0;

	for (; octets && in->length; octets--, in->p++, in->length--)
		value = value << 8 | *in->p;
	return value;
}

/* Octets that are often what they must be: an absent field is zero. */
static uint64_t consume_if(struct input *in, bool has, size_t octets)
{
	return has || take(in, 1) == 0xff ? take(in, octets) : 0;
}

static void consume_address(struct input *in, struct frame_address *a)
{
	unsigned bits = (unsigned)take(in, 1);

	a->mode = bits & 3;
	a->has_pan = bits & 4;
	a->pan = (uint16_t)consume_if(in, a->has_pan, 2);
	a->value = consume_if(in, a->mode, a->mode == FRAME_ADDRESS_SHORT ? 2 : 8);
}

static void consume_security(struct input *in, struct frame_security *s)
{
	unsigned bits = (unsigned)take(in, 2);

	s->level = bits & 0xf;
	s->key_id_mode = bits >> 4 & 7;
	s->counter_suppressed = bits & 0x100;
	s->asn_in_nonce = bits & 0x200;
	s->counter = (uint32_t)consume_if(in, !s->counter_suppressed, 4);
	s->key_source = consume_if(in, s->key_id_mode >= 2, s->key_id_mode == 2 ? 4 : 8);
	s->key_index = (uint8_t)consume_if(in, s->key_id_mode, 1);
}

static struct frame_span consume_span(struct input *in, size_t *at, size_t max)
{
	struct frame_span span = {(uint16_t)*at, (uint16_t)(take(in, 1) % max)};

	*at += span.length;
	return span;
}

static size_t consume_frame(struct input *in, struct frame *f)
{
	unsigned bits = (unsigned)take(in, 2);
	size_t at = 0;

	f->type = bits & 7;
	f->version = bits >> 3 & 3;
	f->security_enabled = bits & 0x20;
	f->pending = bits & 0x40;
	f->ack_request = bits & 0x80;
	f->pan_id_compression = bits & 0x100;
	f->has_sequence = bits & 0x200;
	f->has_ies = bits & 0x400;
	f->long_fcf = bits & 0x800;
	f->sequence = (uint8_t)take(in, 1);
	consume_address(in, &f->destination);
	consume_address(in, &f->source);
	if (bits & 0x1000) {
		uint16_t destination = (uint16_t)take(in, 2), source = (uint16_t)take(in, 2);

		frame_set_pan_ids(f, destination, source);
	}
	if (f->security_enabled)
		consume_security(in, &f->security);
	f->header_ies = consume_span(in, &at, 16);
	f->payload_ies = consume_span(in, &at, 32);
	f->payload = consume_span(in, &at, 64);
	f->mic = consume_span(in, &at, 20);
	if (bits & 0x2000)
		f->mic.length =
			f->security_enabled ? (uint16_t)frame_mic_length(f->security.level) : 0;
	return f->mic.offset + f->mic.length;
}

static void check_frame(struct input *in, uint8_t *out)
{
	struct frame f = {0}, g, ack;
	uint8_t octets[256] = {0}, again[512];
	size_t content = consume_frame(in, &f),
	       available = in->length < content ? in->length : content, size;
	int n;

	memcpy(octets, in->p, available);
	in->p += available;
	in->length -= available;
	size = (size_t)take(in, 2) % 320;
	n = frame_build(out, size, &f, octets);
	REQUIRE(n <= (int)size);
	if (n > 0 && !frame_parse(&g, out, (size_t)n, FRAME_STRICT, NULL)) {
		REQUIRE(g.type == f.type);
		REQUIRE(frame_build(again, sizeof again, &g, out) == n &&
		        memcmp(out, again, (size_t)n) == 0);
	}
	frame_make_ack(&ack, &f, f.pending);
	frame_build(out, size, &ack, NULL);
	if (!frame_add_ack_source(&ack, &f))
		frame_build(out, size, &ack, NULL);
}

static void check_beacon(struct input *in, uint8_t *out)
{
	struct frame_beacon b = {0}, c;
	int n, at;

	b.beacon_order = (uint8_t)take(in, 1) & 0x1f;
	b.superframe_order = (uint8_t)take(in, 1) & 0x1f;
	b.pan_coordinator = take(in, 1) & 1;
	b.gts_count = (uint8_t)take(in, 1) & 0xf;
	b.short_count = (uint8_t)take(in, 1) & 0xf;
	b.extended_count = (uint8_t)take(in, 1) & 0xf;
	for (unsigned i = 0; i < FRAME_BEACON_LIST_MAX; i++) {
		b.gts[i] = (struct frame_gts){(uint16_t)take(in, 2), (uint8_t)take(in, 1) & 0xf, 1,
		                              i & 1};
		b.short_addresses[i] = (uint16_t)take(in, 2);
		b.extended_addresses[i] = take(in, 8);
	}
	b.payload.length = (uint16_t)in->length;
	n = frame_beacon_build(out, 320, &b, in->p);
	if (n < 0)
		return;
	at = frame_beacon_parse(&c, out, (size_t)n, NULL);
	REQUIRE(at == n - b.payload.length);
	REQUIRE(c.gts_count == b.gts_count && c.short_count == b.short_count &&
	        c.extended_count == b.extended_count);
}

static void check_command(struct input *in, uint8_t *out)
{
	struct frame_command c = {0}, d;
	int n;

	c.id = (uint8_t)take(in, 1) % 0x30;
	c.capability = (uint8_t)take(in, 1);
	c.address = (uint16_t)take(in, 2);
	c.has_page = take(in, 1) & 1;
	c.page = (uint8_t)consume_if(in, c.has_page, 1);
	c.gts_length = (uint8_t)take(in, 1) & 0x1f;
	c.vendor = (uint32_t)take(in, 3);
	c.content.length = (uint16_t)in->length;
	n = frame_command_build(out, 320, &c, in->p);
	if (n < 0)
		return;
	REQUIRE(frame_command_parse(&d, out, (size_t)n, NULL) == n - c.content.length);
	REQUIRE(d.id == c.id);
}

/* The value is what some octets say, then changed, so that it is neither always sound nor never. */
static void check_ie(struct input *in, uint8_t *out)
{
	struct frame_ie ie = {.kind = (uint8_t)(take(in, 1) % 3), .id = (uint8_t)take(in, 1)};
	size_t changed = take(in, 1), by = take(in, 1), size = take(in, 2) % 320;
	struct frame_ie_value v;
	int n;

	ie.long_format = ie.kind == FRAME_IE_NESTED && ie.id < 0x10;
	ie.content.length = (uint16_t)in->length;
	frame_ie_parse(&v, in->p, &ie);
	if (by && v.form == FRAME_IE_FORM_MPX)
		v.mpx.transfer_type = (uint8_t)by;
	if (by && v.form == FRAME_IE_FORM_TIME_CORRECTION)
		v.time_correction.microseconds = (int16_t)(by << changed % 8);
	if (by && v.form == FRAME_IE_FORM_TSCH_TIMESLOT)
		v.timeslot.max_tx = (uint32_t)(by << changed % 32);
	if (by && v.form == FRAME_IE_FORM_ENHANCED_BEACON_FILTER)
		v.filter.attribute_octets = (uint8_t)by;
	n = frame_ie_build(out, size, (enum frame_ie_kind)ie.kind, ie.id, &v, in->p);
	REQUIRE(n <= (int)size);
	n = frame_ie_build_raw(out, size, (enum frame_ie_kind)ie.kind, ie.id, in->p, in->length);
	REQUIRE(n <= (int)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct input in = {octets, length};
	uint8_t *out;

	if (length < 1 || length > 300)
		return 0;
	out = malloc(320); /* on the heap, where a sanitizer sees each octet too many */
	switch (take(&in, 1) & 3) {
	case 0:
		check_frame(&in, out);
		break;
	case 1:
		check_beacon(&in, out);
		break;
	case 2:
		check_command(&in, out);
		break;
	case 3:
		check_ie(&in, out);
		break;
	}
	free(out);
	return 0;
}
