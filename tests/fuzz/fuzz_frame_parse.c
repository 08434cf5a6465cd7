/* Any octets to every reader of libframe: nothing is read past the end, what is said of the frame
 * lies within it, and a frame that passes the strict reading is built again octet by octet. */
#include "fuzz_frame.h"

static void check_spans(const struct frame *f, size_t length)
{
	const struct frame_span spans[] = {f->header, f->header_ies, f->payload_ies, f->payload,
	                                   f->mic};

	for (unsigned i = 0; i < sizeof spans / sizeof *spans; i++)
		REQUIRE((size_t)spans[i].offset + spans[i].length <= length);
}

static void check_fault(const struct frame *f, const struct frame_fault *fault, size_t length)
{
	REQUIRE(f->error == fault->error && fault->offset <= length);
	REQUIRE(!fault->error == !fault->field[0]);
}

static void check_rebuilding(const struct frame *f, const uint8_t *octets, size_t length)
{
	static uint8_t built[FRAME_OCTETS_MAX];

	REQUIRE(frame_build(built, sizeof built, f, octets) == (int)length);
	REQUIRE(memcmp(built, octets, length) == 0);
}

/* The values of every IE are built again too. */
static void check_list(enum frame_ie_kind kind, const uint8_t *octets, struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;

	frame_ie_iterator_init(&it, kind, octets, list);
	while (frame_ie_next(&it, &ie, NULL) == 1) {
		struct frame_ie_value v;
		uint8_t built[2 + 0x7ff];
		struct frame_span rest;
		struct frame_slotframe s;

		REQUIRE(ie.content.offset >= list.offset + 2);
		REQUIRE(ie.content.offset + ie.content.length <= list.offset + list.length);
		frame_ie_parse(&v, octets, &ie);
		REQUIRE(v.rest.offset + v.rest.length <= ie.content.offset + ie.content.length);
		if (kind != FRAME_IE_NESTED || ie.long_format == (ie.id < 0x10))
			REQUIRE(frame_ie_build(built, sizeof built, kind, ie.id, &v, octets) ==
			                ie.content.length + 2 &&
			        memcmp(built, octets + ie.content.offset - 2,
			               ie.content.length + 2u) == 0);
		for (rest = v.rest; v.form == FRAME_IE_FORM_TSCH_SLOTFRAMES &&
		                    frame_slotframe_next(&s, octets, &rest) == 1;) {
			struct frame_link l;

			for (unsigned i = 0; i <= s.link_count; i++)
				frame_link_at(&l, octets, &s, i);
		}
		if (kind == FRAME_IE_PAYLOAD && ie.id == FRAME_IE_MLME)
			check_list(FRAME_IE_NESTED, octets, ie.content);
	}
}

static void check_payload(const struct frame *f, const uint8_t *octets)
{
	struct frame_command c;
	struct frame_beacon b;
	int at = frame_beacon_parse(&b, octets + f->payload.offset, f->payload.length, NULL);

	REQUIRE(at < 0 || at + b.payload.length == f->payload.length);
	at = frame_command_parse(&c, octets + f->payload.offset, f->payload.length, NULL);
	REQUIRE(at < 0 || at + c.content.length == f->payload.length);
	frame_hint(f, octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct frame_fault fault;
	struct frame f;

	if (length > FRAME_OCTETS_MAX)
		return 0;
	if (!frame_parse(&f, octets, length, FRAME_STRICT, NULL))
		check_rebuilding(&f, octets, length);
	frame_parse(&f, octets, length, FRAME_LENIENT, &fault);
	check_fault(&f, &fault, length);
	check_spans(&f, length);
	check_payload(&f, octets);
	frame_parse(&f, octets, length, FRAME_RECEIVER, &fault);
	check_fault(&f, &fault, length);
	check_spans(&f, length);
	check_list(FRAME_IE_HEADER, octets, f.header_ies);
	check_list(FRAME_IE_PAYLOAD, octets, f.payload_ies);
	frame_fcs16_ok(octets, length);
	frame_fcs32_ok(octets, length);
	return 0;
}
