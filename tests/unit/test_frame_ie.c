/* libframe, what is inside: information elements, beacons, commands; read, built and cut short. */
#include "frame_test.h"

/* --- iterating --- */

static int walk(enum frame_ie_kind kind, const char *hex, char *trace, size_t size,
                struct frame_fault *fault)
{
	uint8_t octets[256];
	size_t n = unhex(octets, sizeof octets, hex), at = 0;
	const uint8_t *p = guarded(octets, n);
	struct frame_ie_iterator it;
	struct frame_ie ie;
	int result;

	trace[0] = 0;
	frame_ie_iterator_init(&it, kind, p, (struct frame_span){0, (uint16_t)n});
	while ((result = frame_ie_next(&it, &ie, fault)) == 1)
		at += (size_t)snprintf(trace + at, size - at, "%s%s %u+%u", at ? ", " : "",
		                       frame_ie_name(kind, ie.id), ie.content.offset,
		                       ie.content.length);
	cr_assert_eq(frame_ie_next(&it, &ie, NULL), result, "the end is not an end");
	return result;
}

static const struct walk_case {
	enum frame_ie_kind kind;
	const char *hex, *trace;
	int result;
	unsigned offset;
} walk_cases[] = {
	{FRAME_IE_HEADER, "", "", 0, 0},
	{FRAME_IE_HEADER, "040d 01020304", "CSL 2+4", 0, 0},
	{FRAME_IE_HEADER, "040d 01020304 803f aabb", "CSL 2+4, Header Termination 2 8+0", 0, 0},
	{FRAME_IE_HEADER, "003f 040d 01020304", "Header Termination 1 2+0", 0, 0},
	{FRAME_IE_HEADER, "8000", "Reserved 2+0", 0, 0},
	{FRAME_IE_HEADER, "04", "", FRAME_EIE, 0},
	{FRAME_IE_HEADER, "040d 010203", "", FRAME_EIE, 0},
	{FRAME_IE_HEADER, "010d aa 0288 0102", "CSL 2+1", FRAME_EIE, 3},
	{FRAME_IE_HEADER, "7f00", "", FRAME_EIE, 0},
	{FRAME_IE_PAYLOAD, "0288 0102 00f8 0288", "MLME 2+2, Payload Termination 6+0", 0, 0},
	{FRAME_IE_PAYLOAD, "0290 0102 0098 0080 00b0",
         "Vendor Specific 2+2, MPX 6+0, ESDU 8+0, Reserved 10+0", 0, 0},
	{FRAME_IE_PAYLOAD, "0208", "", FRAME_EIE, 0},
	{FRAME_IE_PAYLOAD, "0388 0102", "", FRAME_EIE, 0},
	{FRAME_IE_PAYLOAD, "00f0 88", "Reserved 2+0", FRAME_EIE, 2},
	{FRAME_IE_NESTED, "011a ff 01c8 00 001b 02c0 aabb",
         "TSCH Synchronization 2+1, Channel Hopping 5+1, "
         "TSCH Slotframe and Link 8+0, Vendor Specific 10+2",
         0, 0},
	{FRAME_IE_NESTED, "021a ff", "", FRAME_EIE, 0},
	{FRAME_IE_NESTED, "ffcf ff", "", FRAME_EIE, 0},
};

Test(ie, lists)
{
	for (unsigned i = 0; i < COUNT(walk_cases); i++) {
		const struct walk_case *c = &walk_cases[i];
		struct frame_fault fault;
		char trace[512];

		cr_assert_eq(walk(c->kind, c->hex, trace, sizeof trace, &fault), c->result, "%s",
		             c->hex);
		cr_assert_str_eq(trace, c->trace, "%s: %s", c->hex, trace);
		cr_assert_eq(fault.offset, c->offset, "%s", c->hex);
		cr_assert_eq(fault.error, c->result);
		cr_assert_eq(!fault.field[0], !c->result);
	}
}

Test(ie, every_id_has_a_name)
{
	for (unsigned kind = FRAME_IE_HEADER; kind <= FRAME_IE_NESTED; kind++)
		for (unsigned id = 0; id < 300; id++)
			cr_assert(strlen(frame_ie_name((enum frame_ie_kind)kind, id)) > 1);
	for (unsigned id = 0; id < 300; id++)
		cr_assert(strlen(frame_command_name(id)) > 1);
	cr_assert_str_eq(frame_ie_name(FRAME_IE_HEADER, 0x1f), "Reserved");
	cr_assert_str_eq(frame_ie_name(FRAME_IE_NESTED, 0x7f), "Reserved");
}

/* --- contents: what is built from random fields is read again, and from random octets the other
 * way round --- */

static void random_mpx(struct frame_ie_value *v)
{
	static const uint8_t types[] = {0, 1, 2, 4, 6};

	v->mpx.transfer_type = types[random_below(5)];
	v->mpx.transaction_id = (uint8_t)random_below(32);
	if (v->mpx.transfer_type == 2 || v->mpx.transfer_type == 4)
		v->mpx.fragment = (uint8_t)random_below(3);
	v->mpx.has_multiplex_id =
		v->mpx.transfer_type < 2 || (v->mpx.transfer_type == 2 && !v->mpx.fragment);
	v->mpx.has_total_size = v->mpx.transfer_type == 6
	                                ? random_bool()
	                                : v->mpx.transfer_type == 2 && !v->mpx.fragment;
	v->mpx.multiplex_id = v->mpx.has_multiplex_id ? (uint16_t)random_next() : 0;
	if (v->mpx.transfer_type == 1) {
		v->mpx.multiplex_id = v->mpx.transaction_id;
		v->mpx.transaction_id = 0;
	}
	v->mpx.total_size = v->mpx.has_total_size ? (uint16_t)random_next() : 0;
	if (v->mpx.transfer_type == 6)
		v->rest.length = 0;
}

static void random_timeslot(struct frame_ie_value *v)
{
	uint16_t *fields[] = {&v->timeslot.cca_offset,   &v->timeslot.cca,
	                      &v->timeslot.tx_offset,    &v->timeslot.rx_offset,
	                      &v->timeslot.rx_ack_delay, &v->timeslot.tx_ack_delay,
	                      &v->timeslot.rx_wait,      &v->timeslot.ack_wait,
	                      &v->timeslot.rx_tx,        &v->timeslot.max_ack};

	v->timeslot.id = (uint8_t)random_next();
	v->timeslot.has_template = random_bool();
	if (!v->timeslot.has_template)
		return;
	for (unsigned i = 0; i < COUNT(fields); i++)
		*fields[i] = (uint16_t)random_next();
	v->timeslot.wide = random_bool();
	v->timeslot.max_tx = random_below(v->timeslot.wide ? 1 << 24 : 1 << 16);
	v->timeslot.timeslot_length = random_below(v->timeslot.wide ? 1 << 24 : 1 << 16);
}

static void random_hopping(struct frame_ie_value *v)
{
	v->hopping.sequence_id = (uint8_t)random_next();
	v->hopping.has_sequence = random_bool();
	if (!v->hopping.has_sequence) {
		v->rest.length = 0;
		return;
	}
	v->hopping.page = (uint8_t)random_below(12);
	v->hopping.channel_count = (uint16_t)random_next();
	v->hopping.phy_configuration = (uint32_t)random_next();
	if (v->hopping.page == 9 || v->hopping.page == 10)
		return;
	v->rest.length &= ~1u;
	v->hopping.current_hop = (uint16_t)random_next();
}

static void random_filter(struct frame_ie_value *v)
{
	v->filter.permit_join = random_bool();
	v->filter.has_lqi = random_bool();
	v->filter.has_percent = random_bool();
	v->filter.lqi = v->filter.has_lqi ? (uint8_t)random_next() : 0;
	v->filter.percent = v->filter.has_percent ? (uint8_t)random_next() : 0;
	v->filter.attribute_octets = (uint8_t)random_below(4);
	v->filter.attributes =
		v->filter.attribute_octets ? random_below(1u << 8 * v->filter.attribute_octets) : 0;
	v->filter.reserved = (uint8_t)random_below(8);
}

static const struct {
	enum frame_ie_form form;
	enum frame_ie_kind kind;
	unsigned id;
	bool has_rest;
} known[] = {
	{FRAME_IE_FORM_VENDOR, FRAME_IE_HEADER, FRAME_IE_VENDOR_HEADER, true},
	{FRAME_IE_FORM_VENDOR, FRAME_IE_PAYLOAD, FRAME_IE_VENDOR_PAYLOAD, true},
	{FRAME_IE_FORM_VENDOR, FRAME_IE_NESTED, FRAME_IE_VENDOR_NESTED, true},
	{FRAME_IE_FORM_CSL, FRAME_IE_HEADER, FRAME_IE_CSL, false},
	{FRAME_IE_FORM_RIT, FRAME_IE_HEADER, FRAME_IE_RIT, false},
	{FRAME_IE_FORM_RENDEZVOUS_TIME, FRAME_IE_HEADER, FRAME_IE_RENDEZVOUS_TIME, false},
	{FRAME_IE_FORM_TIME_CORRECTION, FRAME_IE_HEADER, FRAME_IE_TIME_CORRECTION, false},
	{FRAME_IE_FORM_GLOBAL_TIME, FRAME_IE_HEADER, FRAME_IE_GLOBAL_TIME, false},
	{FRAME_IE_FORM_MPX, FRAME_IE_PAYLOAD, FRAME_IE_MPX, true},
	{FRAME_IE_FORM_SIXP, FRAME_IE_PAYLOAD, FRAME_IE_IETF, true},
	{FRAME_IE_FORM_TSCH_SYNCHRONIZATION, FRAME_IE_NESTED, FRAME_IE_TSCH_SYNCHRONIZATION, false},
	{FRAME_IE_FORM_TSCH_SLOTFRAMES, FRAME_IE_NESTED, FRAME_IE_TSCH_SLOTFRAME_AND_LINK, true},
	{FRAME_IE_FORM_TSCH_TIMESLOT, FRAME_IE_NESTED, FRAME_IE_TSCH_TIMESLOT, false},
	{FRAME_IE_FORM_CHANNEL_HOPPING, FRAME_IE_NESTED, FRAME_IE_CHANNEL_HOPPING, true},
	{FRAME_IE_FORM_ENHANCED_BEACON_FILTER, FRAME_IE_NESTED, FRAME_IE_ENHANCED_BEACON_FILTER,
         false},
	{FRAME_IE_FORM_OPAQUE, FRAME_IE_HEADER, 0x2a, true},
	{FRAME_IE_FORM_OPAQUE, FRAME_IE_PAYLOAD, FRAME_IE_ESDU, true},
	{FRAME_IE_FORM_OPAQUE, FRAME_IE_NESTED, 0x20, true},
};

static void random_csl(struct frame_ie_value *v)
{
	v->csl.phase = (uint16_t)random_next();
	v->csl.period = (uint16_t)random_next();
	v->csl.has_rendezvous_time = random_bool();
	v->csl.rendezvous_time = v->csl.has_rendezvous_time ? (uint16_t)random_next() : 0;
}

static void random_rit(struct frame_ie_value *v)
{
	v->rit.time_to_first_listen = (uint8_t)random_next();
	v->rit.repeat_count = (uint8_t)random_next();
	v->rit.repeat_interval = (uint16_t)random_next();
}

static void random_rendezvous(struct frame_ie_value *v)
{
	v->rendezvous.rendezvous_time = (uint16_t)random_next();
	v->rendezvous.has_wakeup_interval = random_bool();
	v->rendezvous.wakeup_interval =
		v->rendezvous.has_wakeup_interval ? (uint16_t)random_next() : 0;
}

static void random_sixp(struct frame_ie_value *v)
{
	v->sixp.version = (uint8_t)random_below(16);
	v->sixp.type = (uint8_t)random_below(4);
	v->sixp.code = (uint8_t)random_next();
	v->sixp.sfid = (uint8_t)random_next();
	v->sixp.sequence = (uint8_t)random_next();
	v->sixp.sub_id = random_below(2) ? FRAME_SIXP_SUB_ID_USED : 0;
	v->sixp.reserved = (uint8_t)random_below(4);
}

static void random_value(struct frame_ie_value *v, unsigned which)
{
	memset(v, 0, sizeof *v);
	v->form = (uint8_t)known[which].form;
	v->rest.length = known[which].has_rest ? (uint16_t)random_below(60) : 0;
	switch (known[which].form) {
	case FRAME_IE_FORM_VENDOR:
		v->vendor = random_below(1 << 24);
		break;
	case FRAME_IE_FORM_CSL:
		random_csl(v);
		break;
	case FRAME_IE_FORM_RIT:
		random_rit(v);
		break;
	case FRAME_IE_FORM_RENDEZVOUS_TIME:
		random_rendezvous(v);
		break;
	case FRAME_IE_FORM_TIME_CORRECTION:
		v->time_correction.microseconds = (int16_t)((int)random_below(4096) - 2048);
		v->time_correction.nack = random_bool();
		break;
	case FRAME_IE_FORM_GLOBAL_TIME:
		v->global_time = (uint32_t)random_next();
		break;
	case FRAME_IE_FORM_MPX:
		random_mpx(v);
		break;
	case FRAME_IE_FORM_SIXP:
		random_sixp(v);
		break;
	case FRAME_IE_FORM_TSCH_SYNCHRONIZATION:
		v->synchronization.asn = random_next() >> 24;
		v->synchronization.join_metric = (uint8_t)random_next();
		break;
	case FRAME_IE_FORM_TSCH_SLOTFRAMES:
		v->slotframe_count = (uint8_t)random_next();
		break;
	case FRAME_IE_FORM_TSCH_TIMESLOT:
		random_timeslot(v);
		break;
	case FRAME_IE_FORM_CHANNEL_HOPPING:
		random_hopping(v);
		break;
	case FRAME_IE_FORM_ENHANCED_BEACON_FILTER:
		random_filter(v);
		break;
	case FRAME_IE_FORM_OPAQUE:
		break;
	}
}

static void read_one(struct frame_ie_value *v, enum frame_ie_kind kind, const uint8_t *octets,
                     size_t n)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;

	frame_ie_iterator_init(&it, kind, octets, (struct frame_span){0, (uint16_t)n});
	cr_assert_eq(frame_ie_next(&it, &ie, NULL), 1);
	cr_assert_eq(ie.content.length, n - 2);
	frame_ie_parse(v, octets, &ie);
}

Test(ie, what_is_built_is_read)
{
	uint8_t rest[64], octets[128];

	random_seed("test_frame_ie");
	for (unsigned i = 0; i < 100000; i++) {
		unsigned which = random_below(COUNT(known));
		struct frame_ie_value v, w;
		int n;

		random_value(&v, which);
		random_octets(rest, sizeof rest);
		n = frame_ie_build(octets, sizeof octets, known[which].kind, known[which].id, &v,
		                   rest);
		cr_assert_gt(n, 1, "round %u form %u", i, v.form);
		read_one(&w, known[which].kind, guarded(octets, (size_t)n), (size_t)n);
		cr_assert_eq(v.rest.length, w.rest.length, "round %u form %u", i, v.form);
		cr_assert_eq(memcmp(rest, octets + w.rest.offset, w.rest.length), 0);
		w.rest = v.rest;
		cr_assert_eq(memcmp(&v, &w, sizeof v), 0, "round %u form %u", i, v.form);
		cr_assert_eq(frame_ie_build(octets, (size_t)n - 1, known[which].kind,
		                            known[which].id, &v, rest),
		             FRAME_ESPACE);
	}
}

Test(ie, what_is_read_is_built_octet_by_octet)
{
	uint8_t octets[80], built[80];
	unsigned understood = 0;

	random_seed("test_frame_ie");
	for (unsigned i = 0; i < 200000; i++) {
		unsigned which = random_below(COUNT(known));
		size_t n = random_below(40);
		struct frame_ie_value v;
		uint8_t content[40];

		random_octets(content, n);
		cr_assert_eq(frame_ie_build_raw(octets, sizeof octets, known[which].kind,
		                                known[which].id, content, n),
		             (int)n + 2);
		read_one(&v, known[which].kind, guarded(octets, n + 2), n + 2);
		cr_assert_eq(frame_ie_build(built, sizeof built, known[which].kind, known[which].id,
		                            &v, octets),
		             (int)n + 2, "round %u form %u", i, v.form);
		cr_assert_arr_eq(built, octets, n + 2, "round %u form %u", i, v.form);
		understood += v.form != FRAME_IE_FORM_OPAQUE;
	}
	cr_assert_gt(understood, 20000);
}

Test(ie, what_does_not_fit_is_not_built)
{
	struct frame_ie_value v = {.form = FRAME_IE_FORM_CSL};
	uint8_t out[4096], content[2048] = {0};

	cr_assert_eq(frame_ie_build(out, sizeof out, FRAME_IE_HEADER, FRAME_IE_RIT, &v, NULL),
	             FRAME_EFIELD);
	v.rest.length = 1;
	cr_assert_eq(frame_ie_build(out, sizeof out, FRAME_IE_HEADER, FRAME_IE_CSL, &v, content),
	             FRAME_EFIELD);
	v = (struct frame_ie_value){.form = 99};
	cr_assert_eq(frame_ie_build(out, sizeof out, FRAME_IE_HEADER, FRAME_IE_CSL, &v, NULL),
	             FRAME_EFIELD);
	v = (struct frame_ie_value){.form = FRAME_IE_FORM_TIME_CORRECTION,
	                            .time_correction.microseconds = 2048};
	cr_assert_eq(frame_ie_build(out, sizeof out, FRAME_IE_HEADER, FRAME_IE_TIME_CORRECTION, &v,
	                            NULL),
	             FRAME_EFIELD);
	v = (struct frame_ie_value){.form = FRAME_IE_FORM_TSCH_SYNCHRONIZATION,
	                            .synchronization.asn = UINT64_C(1) << 40};
	cr_assert_eq(frame_ie_build(out, sizeof out, FRAME_IE_NESTED, FRAME_IE_TSCH_SYNCHRONIZATION,
	                            &v, NULL),
	             FRAME_EFIELD);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_HEADER, 1, content, 127), 129);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_HEADER, 1, content, 128),
	             FRAME_EFIELD);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_HEADER, 0x100, content, 0),
	             FRAME_EFIELD);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_PAYLOAD, 16, content, 0),
	             FRAME_EFIELD);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_PAYLOAD, 1, content, 2047), 2049);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_PAYLOAD, 1, content, 2048),
	             FRAME_EFIELD);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_NESTED, 0x20, content, 256),
	             FRAME_EFIELD);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_NESTED, 0x80, content, 0),
	             FRAME_EFIELD);
	cr_assert_eq(frame_ie_build_raw(out, sizeof out, FRAME_IE_NESTED, 0x09, content, 256), 258);
}

Test(ie, only_some_forms_have_a_rest)
{
	uint8_t out[64], rest[1] = {0};

	for (unsigned i = 0; i < COUNT(known); i++) {
		struct frame_ie_value v = {.form = (uint8_t)known[i].form, .rest.length = 1};

		if (!known[i].has_rest)
			cr_assert_eq(frame_ie_build(out, sizeof out, known[i].kind, known[i].id, &v,
			                            rest),
			             FRAME_EFIELD);
	}
}

Test(ie, a_short_nested_ie_with_the_id_of_a_long_one_stays_opaque)
{
	uint8_t octets[] = {0x01, 0x09, 0x05};
	struct frame_ie_value v;

	read_one(&v, FRAME_IE_NESTED, octets, sizeof octets);
	cr_assert_eq(v.form, FRAME_IE_FORM_OPAQUE);
	cr_assert_eq(v.rest.length, 1);
}

/* --- slotframes --- */

Test(ie, slotframes_and_links)
{
	const struct frame_link links[] = {{0, 1, FRAME_LINK_RX | FRAME_LINK_SHARED},
	                                   {0x1234, 0x5678, FRAME_LINK_TX}};
	struct frame_slotframe two = {.handle = 1, .size = 0x0101, .link_count = 2},
			       none = {.handle = 2, .size = 7}, s;
	struct frame_span rest;
	struct frame_link l;
	uint8_t octets[32];
	int n = frame_slotframe_build(octets, sizeof octets, &two, links);

	cr_assert_eq(n, 14);
	cr_assert_eq(frame_slotframe_build(octets, 13, &two, links), FRAME_ESPACE);
	n += frame_slotframe_build(octets + n, sizeof octets - (size_t)n, &none, NULL);
	cr_assert_eq(n, 18);
	rest = (struct frame_span){0, 18};
	cr_assert_eq(frame_slotframe_next(&s, octets, &rest), 1);
	cr_assert(s.handle == 1 && s.size == 0x0101 && s.link_count == 2);
	frame_link_at(&l, octets, &s, 1);
	cr_assert(l.timeslot == 0x1234 && l.channel_offset == 0x5678 && l.options == FRAME_LINK_TX);
	frame_link_at(&l, octets, &s, 2);
	cr_assert(l.timeslot == 0 && l.channel_offset == 0 && l.options == 0);
	cr_assert_eq(frame_slotframe_next(&s, octets, &rest), 1);
	cr_assert(s.handle == 2 && s.link_count == 0);
	cr_assert_eq(frame_slotframe_next(&s, octets, &rest), 0);
	cr_assert(s.handle == 0 && s.size == 0 && s.link_count == 0 && s.links.length == 0);
	for (uint16_t cut = 1; cut < 14; cut++) {
		rest = (struct frame_span){0, cut};
		cr_assert_eq(frame_slotframe_next(&s, guarded(octets, cut), &rest), FRAME_EIE);
	}
}

/* --- beacons --- */

static void random_beacon(struct frame_beacon *b)
{
	memset(b, 0, sizeof *b);
	b->beacon_order = (uint8_t)random_below(16);
	b->superframe_order = (uint8_t)random_below(16);
	b->final_cap_slot = (uint8_t)random_below(16);
	b->battery_life_extension = random_bool();
	b->pan_coordinator = random_bool();
	b->association_permit = random_bool();
	b->gts_permit = random_bool();
	b->gts_count = (uint8_t)random_below(8);
	b->short_count = (uint8_t)random_below(8);
	b->extended_count = (uint8_t)random_below(8);
	for (unsigned i = 0; i < b->gts_count; i++)
		b->gts[i] = (struct frame_gts){(uint16_t)random_next(), (uint8_t)random_below(16),
		                               (uint8_t)random_below(16), random_bool()};
	for (unsigned i = 0; i < b->short_count; i++)
		b->short_addresses[i] = (uint16_t)random_next();
	for (unsigned i = 0; i < b->extended_count; i++)
		b->extended_addresses[i] = random_next();
	b->payload.length = (uint16_t)random_below(20);
}

static bool same_beacon(const struct frame_beacon *a, const struct frame_beacon *b)
{
	for (unsigned i = 0; i < a->gts_count; i++)
		if (a->gts[i].address != b->gts[i].address || a->gts[i].slot != b->gts[i].slot ||
		    a->gts[i].length != b->gts[i].length || a->gts[i].receive != b->gts[i].receive)
			return false;
	return a->beacon_order == b->beacon_order && a->superframe_order == b->superframe_order &&
	       a->final_cap_slot == b->final_cap_slot &&
	       a->battery_life_extension == b->battery_life_extension &&
	       a->pan_coordinator == b->pan_coordinator &&
	       a->association_permit == b->association_permit && a->gts_permit == b->gts_permit &&
	       a->gts_count == b->gts_count && a->short_count == b->short_count &&
	       a->extended_count == b->extended_count &&
	       memcmp(a->short_addresses, b->short_addresses, sizeof a->short_addresses) == 0 &&
	       memcmp(a->extended_addresses, b->extended_addresses, sizeof a->extended_addresses) ==
	               0;
}

Test(beacon, what_is_built_is_read_and_truncations_are_faults)
{
	uint8_t payload[20], octets[160];
	struct frame_fault fault;
	struct frame_beacon b, c;

	random_seed("test_frame_ie");
	for (unsigned i = 0; i < 20000; i++) {
		int n, fields;

		random_beacon(&b);
		random_octets(payload, sizeof payload);
		n = frame_beacon_build(octets, sizeof octets, &b, payload);
		cr_assert_gt(n, 3);
		fields = frame_beacon_parse(&c, guarded(octets, (size_t)n), (size_t)n, NULL);
		cr_assert_eq(fields, n - b.payload.length);
		cr_assert(same_beacon(&b, &c), "round %u", i);
		cr_assert_eq(memcmp(octets + c.payload.offset, payload, c.payload.length), 0);
		cr_assert_eq(frame_beacon_build(octets, (size_t)n - 1, &b, payload), FRAME_ESPACE);
		n = (int)random_below((unsigned)fields);
		cr_assert_eq(frame_beacon_parse(&c, guarded(octets, (size_t)n), (size_t)n, &fault),
		             FRAME_ETRUNCATED);
		cr_assert(fault.offset <= (size_t)n && fault.field[0]);
	}
}

Test(beacon, fields_that_do_not_fit_are_not_built)
{
	uint8_t out[128];

	cr_assert_eq(frame_beacon_build(out, 128, &(struct frame_beacon){.beacon_order = 16}, NULL),
	             FRAME_EFIELD);
	cr_assert_eq(frame_beacon_build(out, 128, &(struct frame_beacon){.gts_count = 8}, NULL),
	             FRAME_EFIELD);
	cr_assert_eq(frame_beacon_build(out, 128, &(struct frame_beacon){.short_count = 8}, NULL),
	             FRAME_EFIELD);
	cr_assert_eq(
		frame_beacon_build(out, 128, &(struct frame_beacon){.extended_count = 255}, NULL),
		FRAME_EFIELD);
	cr_assert_eq(frame_beacon_build(
			     out, 128,
			     &(struct frame_beacon){.gts_count = 1, .gts = {{1, 16, 0, 0}}}, NULL),
	             FRAME_EFIELD);
}

/* --- commands --- */

static void random_command(struct frame_command *c)
{
	memset(c, 0, sizeof *c);
	c->id = (uint8_t)random_below(0x2a);
	c->content.length = (uint16_t)random_below(20);
	switch (c->id) {
	case FRAME_ASSOCIATION_REQUEST:
		c->capability = (uint8_t)random_next();
		break;
	case FRAME_ASSOCIATION_RESPONSE:
		c->address = (uint16_t)random_next();
		c->status = (uint8_t)random_next();
		break;
	case FRAME_DISASSOCIATION_NOTIFICATION:
		c->status = (uint8_t)random_next();
		break;
	case FRAME_COORDINATOR_REALIGNMENT:
		c->pan = (uint16_t)random_next();
		c->coordinator = (uint16_t)random_next();
		c->channel = (uint8_t)random_next();
		c->address = (uint16_t)random_next();
		c->has_page = random_bool();
		c->page = c->has_page ? (uint8_t)random_next() : 0;
		if (!c->has_page)
			c->content.length = 0;
		break;
	case FRAME_GTS_REQUEST:
		c->gts_length = (uint8_t)random_below(16);
		c->gts_receive = random_bool();
		c->gts_allocate = random_bool();
		break;
	case FRAME_VENDOR_SPECIFIC_COMMAND:
		c->vendor = random_below(1 << 24);
		break;
	}
}

Test(command, what_is_built_is_read_and_truncations_are_faults)
{
	uint8_t content[20], octets[64];
	struct frame_fault fault;
	struct frame_command c, d;

	random_seed("test_frame_ie");
	for (unsigned i = 0; i < 50000; i++) {
		int n, fields;

		random_command(&c);
		random_octets(content, sizeof content);
		n = frame_command_build(octets, sizeof octets, &c, content);
		cr_assert_gt(n, 0);
		fields = frame_command_parse(&d, guarded(octets, (size_t)n), (size_t)n, NULL);
		cr_assert_eq(fields, n - c.content.length);
		cr_assert_eq(memcmp(octets + d.content.offset, content, d.content.length), 0);
		d.content = c.content;
		cr_assert(c.id == d.id && c.capability == d.capability && c.status == d.status &&
		          c.address == d.address && c.pan == d.pan &&
		          c.coordinator == d.coordinator && c.channel == d.channel &&
		          c.has_page == d.has_page && c.page == d.page &&
		          c.gts_length == d.gts_length && c.gts_receive == d.gts_receive &&
		          c.gts_allocate == d.gts_allocate && c.vendor == d.vendor);
		cr_assert_eq(frame_command_build(octets, (size_t)n - 1, &c, content), FRAME_ESPACE);
		n = (int)random_below((unsigned)(fields - c.has_page));
		cr_assert_eq(frame_command_parse(&d, guarded(octets, (size_t)n), (size_t)n, &fault),
		             FRAME_ETRUNCATED);
		cr_assert(fault.offset <= (size_t)n && fault.field[0]);
	}
}

Test(command, fields_that_do_not_fit_are_not_built)
{
	const struct frame_command page_by_content = {.id = FRAME_COORDINATOR_REALIGNMENT,
	                                              .content = {0, 1}};
	uint8_t out[64];

	cr_assert_eq(frame_command_build(out, 64, &(struct frame_command){.gts_length = 16}, NULL),
	             FRAME_EFIELD);
	cr_assert_eq(frame_command_build(out, 64, &(struct frame_command){.vendor = 1 << 24}, NULL),
	             FRAME_EFIELD);
	cr_assert_eq(frame_command_build(out, 64, &(struct frame_command){.page = 1}, NULL),
	             FRAME_EFIELD);
	cr_assert_eq(frame_command_build(out, 64, &page_by_content, out), FRAME_EFIELD);
}
