/* libframe, the MAC header: named vectors, every truncation flush against an unreadable page,
 * strict and lenient reading, and what is built is what is read. */
#include "frame_test.h"
#include "frame_vectors.h"

enum { ANY_MAX = 2048 };

static void read_everything(const uint8_t *octets, size_t length)
{
	static char text[1 << 16];
	struct frame_fault fault;
	struct frame f;

	for (int reading = FRAME_RECEIVER; reading <= FRAME_LENIENT; reading++) {
		int error = frame_parse(&f, octets, length, (enum frame_reading)reading, &fault);

		cr_assert(error == fault.error && error == f.error && error <= 0);
		cr_assert(!error == !fault.field[0]);
		cr_assert(fault.offset <= length);
	}
	frame_line(text, sizeof text, octets, length);
	frame_text(text, sizeof text, octets, length);
	frame_json(text, sizeof text, octets, length);
}

/* --- vectors --- */

static void check_json(const struct frame_vector *v, const uint8_t *octets, size_t length)
{
	char json[4096];
	size_t n = frame_json(json, sizeof json, octets, length);

	cr_assert(n < sizeof json && strlen(json) == n);
	for (char *c = json; *c; c++)
		if (*c == '"')
			*c = '\'';
	cr_assert_str_eq(json, v->json, "%s: %s", v->name, json);
}

Test(frame, vectors)
{
	uint8_t octets[256];

	for (unsigned i = 0; i < COUNT(frame_vectors); i++) {
		size_t n = unhex(octets, sizeof octets, frame_vectors[i].hex);

		check_json(&frame_vectors[i], guarded(octets, n), n);
	}
	cr_assert_gt(COUNT(frame_vectors), 80);
}

Test(frame, every_truncation_of_every_vector)
{
	uint8_t octets[256];

	for (unsigned i = 0; i < COUNT(frame_vectors); i++)
		for (size_t n = unhex(octets, sizeof octets, frame_vectors[i].hex); n != SIZE_MAX;
		     n--)
			read_everything(guarded(octets, n), n);
}

static bool spans_within(const struct frame *f, size_t length)
{
	const struct frame_span spans[] = {f->header, f->header_ies, f->payload_ies, f->payload,
	                                   f->mic};

	for (unsigned i = 0; i < COUNT(spans); i++)
		if ((size_t)spans[i].offset + spans[i].length > length)
			return false;
	return true;
}

Test(frame, spans_follow_each_other_and_end_with_the_frame)
{
	uint8_t octets[256];

	for (unsigned i = 0; i < COUNT(frame_vectors); i++) {
		size_t n = unhex(octets, sizeof octets, frame_vectors[i].hex);
		struct frame f;

		if (frame_parse(&f, octets, n, FRAME_RECEIVER, NULL))
			continue;
		cr_assert_eq(f.header.length + f.payload_ies.length + f.payload.length +
		                     f.mic.length,
		             n, "%s", frame_vectors[i].name);
		cr_assert(spans_within(&f, n));
	}
}

Test(frame, any_octets_at_any_length)
{
	uint8_t octets[160];
	struct frame f;

	random_seed("test_frame");
	for (unsigned i = 0; i < 200000; i++) {
		size_t n = random_below(sizeof octets);
		const uint8_t *p;

		random_octets(octets, n);
		p = guarded(octets, n);
		frame_parse(&f, p, n, FRAME_LENIENT, NULL);
		cr_assert(spans_within(&f, n));
		if (i % 8 == 0)
			read_everything(p, n);
	}
}

Test(frame, the_longest_input)
{
	static uint8_t octets[FRAME_OCTETS_MAX + 1] = {0x01, 0x08, 0x05, 0xcd, 0xab, 0x34, 0x12};
	struct frame f;

	cr_assert_eq(frame_parse(&f, guarded(octets, FRAME_OCTETS_MAX), FRAME_OCTETS_MAX,
	                         FRAME_RECEIVER, NULL),
	             0);
	cr_assert_eq(f.payload.length, FRAME_OCTETS_MAX - 7);
	cr_assert_eq(frame_parse(&f, guarded(octets, FRAME_OCTETS_MAX + 1), FRAME_OCTETS_MAX + 1,
	                         FRAME_RECEIVER, NULL),
	             FRAME_ELENGTH);
	cr_assert_eq(f.payload.length, 0);
}

/* --- addressing: every combination against rules that are written another way --- */

/* Table 7-2 as it is printed: destination mode, source mode, compression, destination PAN, source
 * PAN; 9 is any address. */
static const struct {
	uint8_t destination, source, compression, destination_pan, source_pan;
} table_7_2[] = {
	{0, 0, 0, 0, 0}, {0, 0, 1, 1, 0}, {9, 0, 0, 1, 0}, {9, 0, 1, 0, 0}, {0, 9, 0, 0, 1},
	{0, 9, 1, 0, 0}, {3, 3, 0, 1, 0}, {3, 3, 1, 0, 0}, {2, 2, 0, 1, 1}, {2, 3, 0, 1, 1},
	{3, 2, 0, 1, 1}, {2, 3, 1, 1, 0}, {3, 2, 1, 1, 0}, {2, 2, 1, 1, 0},
};

static bool matches(unsigned rule, unsigned mode)
{
	return rule == mode || (rule == 9 && mode);
}

static bool rule_of_2015(unsigned destination, unsigned source, unsigned compression, bool *dst_pan,
                         bool *src_pan)
{
	for (unsigned i = 0; i < COUNT(table_7_2); i++)
		if (matches(table_7_2[i].destination, destination) &&
		    matches(table_7_2[i].source, source) &&
		    table_7_2[i].compression == compression) {
			*dst_pan = table_7_2[i].destination_pan;
			*src_pan = table_7_2[i].source_pan;
			return true;
		}
	return false;
}

static bool rule_of_2006(unsigned destination, unsigned source, unsigned compression, bool *dst_pan,
                         bool *src_pan)
{
	*dst_pan = destination;
	*src_pan = source && !compression;
	return !compression || (destination && source);
}

static void check_addressing(unsigned version, unsigned destination, unsigned source,
                             unsigned compression)
{
	uint8_t octets[64] = {0x01 | (uint8_t)(compression << 6),
	                      (uint8_t)(destination << 2 | version << 4 | source << 6), 0x77};
	bool dst_pan, src_pan, allowed;
	size_t at = 3;
	struct frame f;

	allowed = (version == 2 ? rule_of_2015 : rule_of_2006)(destination, source, compression,
	                                                       &dst_pan, &src_pan);
	for (unsigned i = 3; i < sizeof octets; i++)
		octets[i] = (uint8_t)i;
	cr_assert_eq(frame_parse(&f, octets, 40, FRAME_RECEIVER, NULL),
	             allowed ? FRAME_OK : FRAME_EPAN);
	if (!allowed)
		return;
	cr_assert_eq(f.destination.has_pan, dst_pan);
	cr_assert_eq(f.source.has_pan, src_pan);
	if (dst_pan) {
		cr_assert_eq(f.destination.pan, at | (at + 1) << 8);
		at += 2;
	}
	if (destination)
		cr_assert_eq(f.destination.value & 0xffff, at | (at + 1) << 8);
	at += destination == 3 ? 8 : destination;
	if (src_pan) {
		cr_assert_eq(f.source.pan, at | (at + 1) << 8);
		at += 2;
	}
	if (source)
		cr_assert_eq(f.source.value & 0xffff, at | (at + 1) << 8);
	at += source == 3 ? 8 : source;
	cr_assert_eq(f.header.length, at);
	cr_assert_eq(f.payload.offset, at);
}

Test(frame, every_combination_of_addresses_and_pan_ids)
{
	static const unsigned modes[] = {0, 2, 3};

	for (unsigned version = 0; version <= 2; version++)
		for (unsigned d = 0; d < 3; d++)
			for (unsigned s = 0; s < 3; s++)
				for (unsigned compression = 0; compression <= 1; compression++)
					check_addressing(version, modes[d], modes[s], compression);
}

/* --- readings --- */

struct reading_case {
	const char *name, *hex;
	int receiver, strict;
	unsigned offset; /* of the strict fault */
};

static const struct reading_case reading_cases[] = {
	{"reserved bit 7", "81 08 05 cdab 3412", FRAME_OK, FRAME_ERESERVED, 0},
	{"suppressed sequence number in version 0", "01 09 05 cdab 3412", FRAME_OK, FRAME_ERESERVED,
         1},
	{"suppressed sequence number in version 1", "01 19 05 cdab 3412", FRAME_OK, FRAME_ERESERVED,
         1},
	{"IEs in version 1", "01 1a 05 cdab 3412", FRAME_OK, FRAME_ERESERVED, 1},
	{"counter suppression in version 1", "09 18 05 cdab 3412 20 01020304", FRAME_OK,
         FRAME_ERESERVED, 7},
	{"reserved bit of the security control", "09 28 05 cdab 3412 80 01020304", FRAME_OK,
         FRAME_ERESERVED, 7},
	{"encryption without MIC in version 2", "09 28 05 cdab 3412 04 01020304", FRAME_OK,
         FRAME_ERESERVED, 7},
	{"encryption without MIC in version 1", "09 18 05 cdab 3412 04 01020304", FRAME_OK,
         FRAME_OK, 0},
	{"counter suppression in version 2", "09 28 05 cdab 3412 20", FRAME_OK, FRAME_OK, 0},
	{"version 3", "01 30 05", FRAME_EVERSION, FRAME_EVERSION, 1},
};

Test(frame, strict_refuses_what_receivers_ignore)
{
	uint8_t octets[64];
	struct frame_fault fault;
	struct frame f;

	for (unsigned i = 0; i < COUNT(reading_cases); i++) {
		const struct reading_case *c = &reading_cases[i];
		size_t n = unhex(octets, sizeof octets, c->hex);

		cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), c->receiver, "%s",
		             c->name);
		cr_assert_eq(frame_parse(&f, octets, n, FRAME_STRICT, &fault), c->strict, "%s",
		             c->name);
		cr_assert_eq(fault.offset, c->offset, "%s", c->name);
	}
}

Test(frame, lenient_goes_on_after_forbidden_compression)
{
	uint8_t octets[32];
	size_t n = unhex(octets, sizeof octets, "49 18 05 cdab 3412 05 01000000 aabb 11223344");
	struct frame f;

	cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), FRAME_EPAN);
	cr_assert_eq(f.destination.mode, FRAME_ADDRESS_NONE);
	cr_assert_eq(frame_parse(&f, octets, n, FRAME_LENIENT, NULL), FRAME_EPAN);
	cr_assert_eq(f.destination.pan, 0xabcd);
	cr_assert_eq(f.destination.value, 0x1234);
	cr_assert_eq(f.security.counter, 1);
	cr_assert_eq(f.payload.length, 2);
	cr_assert_eq(f.mic.length, 4);
}

/* --- building --- */

static void random_address(struct frame_address *a)
{
	static const uint8_t modes[] = {FRAME_ADDRESS_NONE, FRAME_ADDRESS_SHORT,
	                                FRAME_ADDRESS_EXTENDED};

	a->mode = modes[random_below(3)];
	a->value = a->mode == FRAME_ADDRESS_SHORT ? random_below(1 << 16)
	           : a->mode                      ? random_next()
	                                          : 0;
}

static void random_security(struct frame *f)
{
	struct frame_security *s = &f->security;
	bool is_2015 = f->version == 2 || f->type == FRAME_MULTIPURPOSE;

	s->was_parsed = true;
	do
		s->level = (uint8_t)random_below(8);
	while (is_2015 && s->level == 4);
	s->key_id_mode = (uint8_t)random_below(4);
	s->counter_suppressed = is_2015 && random_bool();
	s->asn_in_nonce = is_2015 && random_bool();
	s->counter = s->counter_suppressed ? 0 : (uint32_t)random_next();
	s->key_source = s->key_id_mode == 3   ? random_next()
	                : s->key_id_mode == 2 ? (uint32_t)random_next()
	                                      : 0;
	s->key_index = s->key_id_mode ? (uint8_t)random_next() : 0;
}

static void random_pan_ids(struct frame *f)
{
	uint16_t pan = (uint16_t)random_next(),
		 other = random_bool() ? pan : (uint16_t)random_next();

	if (frame_set_pan_ids(f, pan, other))
		cr_assert_eq(frame_set_pan_ids(f, pan, pan), FRAME_OK);
	/* the compressed forms of version 2 that frame_set_pan_ids does not choose */
	if (f->version == 2 && random_below(4) == 0) {
		bool none = !f->destination.mode && !f->source.mode;

		if (none || !f->destination.mode != !f->source.mode ||
		    (f->destination.mode == FRAME_ADDRESS_EXTENDED &&
		     f->source.mode == FRAME_ADDRESS_EXTENDED)) {
			f->pan_id_compression = true;
			f->destination.has_pan = none;
			f->source.has_pan = false;
			f->destination.pan = none ? pan : 0;
			f->source.pan = 0;
		}
	}
}

static void random_general(struct frame *f)
{
	f->type = (uint8_t)random_below(4);
	f->version = (uint8_t)random_below(3);
	f->has_sequence = f->version < 2 || random_bool();
	f->has_ies = f->version == 2 && random_bool();
	f->security_enabled = f->version && random_bool();
	f->pending = random_bool();
	f->ack_request = random_bool();
	random_address(&f->destination);
	random_address(&f->source);
	random_pan_ids(f);
}

static void random_multipurpose(struct frame *f)
{
	f->type = FRAME_MULTIPURPOSE;
	f->long_fcf = random_bool();
	f->has_sequence = true;
	random_address(&f->destination);
	random_address(&f->source);
	if (!f->long_fcf)
		return;
	f->has_sequence = random_bool();
	f->has_ies = random_bool();
	f->security_enabled = random_bool();
	f->pending = random_bool();
	f->ack_request = random_bool();
	f->destination.has_pan = random_bool();
	f->destination.pan = f->destination.has_pan ? (uint16_t)random_next() : 0;
}

static struct frame_span append(uint8_t *octets, size_t *at, const uint8_t *what, size_t n)
{
	struct frame_span span = {(uint16_t)*at, (uint16_t)n};

	memcpy(octets + *at, what, n);
	*at += n;
	return span;
}

static size_t random_ie(uint8_t *out, enum frame_ie_kind kind)
{
	uint8_t content[64];
	unsigned id = kind == FRAME_IE_HEADER ? random_below(0x7e) : random_below(0xf);
	size_t n = random_below(sizeof content);
	int length;

	random_octets(content, n);
	length = frame_ie_build_raw(out, 66, kind, id, content, n);
	cr_assert_eq(length, (int)n + 2);
	return n + 2;
}

/* The spans of a frame as random as the rest, laid into octets one behind the other. */
static size_t random_content(struct frame *f, uint8_t *octets)
{
	uint8_t list[4096];
	size_t at = 0, n = 0;
	bool payload_ies = f->has_ies && !(f->security.level & 4) && random_bool();
	unsigned payload = random_below(100);

	for (unsigned i = f->has_ies ? random_below(4) : 0; i; i--)
		n += random_ie(list + n, FRAME_IE_HEADER);
	if (f->has_ies && (payload_ies || payload))
		n += (size_t)frame_ie_build_raw(list + n, 2, FRAME_IE_HEADER,
		                                payload_ies ? FRAME_IE_HT1 : FRAME_IE_HT2, NULL, 0);
	f->header_ies = append(octets, &at, list, n);
	for (n = 0; payload_ies && n < 100;)
		n += random_ie(list + n, FRAME_IE_PAYLOAD);
	if (payload_ies && payload)
		n += (size_t)frame_ie_build_raw(list + n, 2, FRAME_IE_PAYLOAD, FRAME_IE_TERMINATION,
		                                NULL, 0);
	f->payload_ies = append(octets, &at, list, n);
	random_octets(list, 128);
	f->payload = append(octets, &at, list, payload);
	f->mic = append(octets, &at, list + 100,
	                f->security_enabled ? frame_mic_length(f->security.level) : 0);
	return at;
}

static bool same_span(const uint8_t *a, struct frame_span x, const uint8_t *b, struct frame_span y)
{
	return x.length == y.length && memcmp(a + x.offset, b + y.offset, x.length) == 0;
}

static bool same_address(const struct frame_address *a, const struct frame_address *b)
{
	return a->mode == b->mode && a->has_pan == b->has_pan && a->pan == b->pan &&
	       a->value == b->value;
}

static bool same_security(const struct frame_security *a, const struct frame_security *b)
{
	return a->level == b->level && a->key_id_mode == b->key_id_mode &&
	       a->counter_suppressed == b->counter_suppressed &&
	       a->asn_in_nonce == b->asn_in_nonce && a->counter == b->counter &&
	       a->key_source == b->key_source && a->key_index == b->key_index &&
	       a->was_parsed == b->was_parsed;
}

static bool same_frame(const struct frame *a, const uint8_t *x, const struct frame *b,
                       const uint8_t *y)
{
	return a->type == b->type && a->version == b->version &&
	       a->security_enabled == b->security_enabled && a->pending == b->pending &&
	       a->ack_request == b->ack_request && a->long_fcf == b->long_fcf &&
	       a->pan_id_compression == b->pan_id_compression &&
	       a->has_sequence == b->has_sequence && a->has_ies == b->has_ies &&
	       a->sequence == b->sequence && same_address(&a->destination, &b->destination) &&
	       same_address(&a->source, &b->source) && same_security(&a->security, &b->security) &&
	       same_span(x, a->header_ies, y, b->header_ies) &&
	       same_span(x, a->payload_ies, y, b->payload_ies) &&
	       same_span(x, a->payload, y, b->payload) && same_span(x, a->mic, y, b->mic);
}

Test(frame, what_is_built_is_read)
{
	uint8_t content[ANY_MAX], octets[ANY_MAX];

	random_seed("test_frame");
	for (unsigned i = 0; i < 100000; i++) {
		struct frame f = {0}, g;
		int n;

		(random_below(5) ? random_general : random_multipurpose)(&f);
		f.sequence = f.has_sequence ? (uint8_t)random_next() : 0;
		if (f.security_enabled)
			random_security(&f);
		random_content(&f, content);
		n = frame_build(octets, sizeof octets, &f, content);
		cr_assert_gt(n, 0, "round %u: %s", i, frame_strerror(n));
		cr_assert_eq(frame_parse(&g, guarded(octets, (size_t)n), (size_t)n, FRAME_RECEIVER,
		                         NULL),
		             0, "round %u", i);
		cr_assert(same_frame(&f, content, &g, octets), "round %u", i);
		int content_fault = frame_check(&g, octets, NULL);
		cr_assert_eq(
			frame_parse(&g, guarded(octets, (size_t)n), (size_t)n, FRAME_STRICT, NULL),
			content_fault, "round %u", i);
		cr_assert(same_frame(&f, content, &g, octets), "round %u", i);
		cr_assert_eq(frame_build(octets, (size_t)n - 1, &f, content), FRAME_ESPACE);
	}
}

Test(frame, what_is_read_strictly_is_built_octet_by_octet)
{
	uint8_t octets[64], built[64];
	unsigned rebuilt = 0;

	random_seed("test_frame");
	for (unsigned i = 0; i < 300000; i++) {
		size_t n = 1 + random_below(sizeof octets);
		struct frame f;

		random_octets(octets, n);
		if (frame_parse(&f, octets, n, FRAME_STRICT, NULL))
			continue;
		cr_assert_eq(frame_build(built, sizeof built, &f, octets), (int)n, "round %u", i);
		cr_assert_arr_eq(built, octets, n, "round %u", i);
		rebuilt++;
	}
	cr_assert_gt(rebuilt, 10000);
}

Test(frame, every_vector_is_rebuilt)
{
	uint8_t octets[256], built[256];
	unsigned rebuilt = 0;

	for (unsigned i = 0; i < COUNT(frame_vectors); i++) {
		size_t n = unhex(octets, sizeof octets, frame_vectors[i].hex);
		struct frame f;

		if (frame_parse(&f, octets, n, FRAME_STRICT, NULL))
			continue;
		cr_assert_eq(frame_build(built, sizeof built, &f, octets), (int)n, "%s",
		             frame_vectors[i].name);
		cr_assert_arr_eq(built, octets, n);
		rebuilt++;
	}
	cr_assert_geq(rebuilt, 60);
}

Test(frame, fields_that_do_not_fit_are_not_built)
{
	const struct frame sound = {.type = FRAME_DATA,
	                            .version = 2,
	                            .has_sequence = true,
	                            .pan_id_compression = true,
	                            .destination = {FRAME_ADDRESS_SHORT, true, 0xabcd, 0x1234},
	                            .source = {FRAME_ADDRESS_SHORT, false, 0, 0x5678}};
	uint8_t out[64];
	struct frame f;

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		f = sound;                                                                         \
		(void)(change);                                                                    \
		cr_assert_eq(frame_build_header(out, sizeof out, &f, NULL, 0), FRAME_EFIELD,       \
		             #change);                                                             \
	} while (0)

	cr_assert_eq(frame_build_header(out, sizeof out, &sound, NULL, 0), 9);
	REFUSED(f.type = FRAME_RESERVED);
	REFUSED(f.type = FRAME_FRAGMENT);
	REFUSED(f.version = 3);
	REFUSED(f.destination.mode = FRAME_ADDRESS_RESERVED);
	REFUSED(f.destination.mode = 4);
	REFUSED(f.destination.value = 0x10000);
	REFUSED(f.destination.has_pan = false);
	REFUSED(f.source.has_pan = true);
	REFUSED(f.source.pan = 1);
	REFUSED(f.pan_id_compression = false);
	REFUSED((f.version = 1, f.has_sequence = false));
	REFUSED((f.version = 1, f.has_ies = true));
	REFUSED((f.version = 0, f.security_enabled = true));
	REFUSED((f.security_enabled = true, f.security.level = 8));
	REFUSED((f.security_enabled = true, f.security.level = 4));
	REFUSED((f.security_enabled = true, f.security.key_id_mode = 4));
	REFUSED((f.security_enabled = true, f.security.key_index = 1));
	REFUSED((f.security_enabled = true, f.security.key_id_mode = 1, f.security.key_source = 1));
	REFUSED((f.security_enabled = true, f.security.counter_suppressed = true,
	         f.security.counter = 1));
	REFUSED((f.version = 1, f.security_enabled = true, f.security.counter_suppressed = true));
	REFUSED((f.type = FRAME_MULTIPURPOSE, f.version = 0, f.pan_id_compression = false));
	f = sound;
	cr_assert_eq(frame_build_header(out, 8, &f, NULL, 0), FRAME_ESPACE);
	cr_assert_eq(frame_build_header(out, sizeof out, &f, out, 2), FRAME_EFIELD);
}

Test(frame, header_with_ies)
{
	const struct frame f = {.type = FRAME_DATA, .version = 2, .has_ies = true};
	uint8_t out[8], ies[] = {0x80, 0x3f};

	cr_assert_eq(frame_build_header(out, sizeof out, &f, ies, 2), 4);
	cr_assert_arr_eq(out, ((uint8_t[]){0x01, 0x23, 0x80, 0x3f}), 4);
}

Test(frame, opaque_frames_are_built_as_they_are)
{
	uint8_t octets[] = {0x4e, 1, 2, 3}, out[8];
	struct frame f;

	cr_assert_eq(frame_parse(&f, octets, 4, FRAME_RECEIVER, NULL), 0);
	cr_assert_eq(frame_build(out, sizeof out, &f, octets), 4);
	cr_assert_arr_eq(out, octets, 4);
	octets[0] = 0x01;
	cr_assert_eq(frame_build(out, sizeof out, &f, octets), FRAME_EFIELD);
}

/* --- helpers of the builder --- */

Test(frame, pan_ids_are_compressed_where_the_standard_allows)
{
	struct frame f = {.type = FRAME_DATA,
	                  .version = 1,
	                  .destination.mode = FRAME_ADDRESS_SHORT,
	                  .source.mode = FRAME_ADDRESS_EXTENDED};

	cr_assert_eq(frame_set_pan_ids(&f, 0x1111, 0x1111), 0);
	cr_assert(f.pan_id_compression && f.destination.has_pan && !f.source.has_pan);
	cr_assert_eq(frame_set_pan_ids(&f, 0x1111, 0x2222), 0);
	cr_assert(!f.pan_id_compression && f.destination.pan == 0x1111 && f.source.pan == 0x2222);
	f.version = 2;
	f.destination.mode = FRAME_ADDRESS_EXTENDED;
	cr_assert_eq(frame_set_pan_ids(&f, 0x1111, 0x2222), FRAME_EFIELD);
	cr_assert_eq(frame_set_pan_ids(&f, 0x1111, 0x1111), 0);
	cr_assert(!f.pan_id_compression && f.destination.has_pan && !f.source.has_pan);
	f.destination.mode = FRAME_ADDRESS_NONE;
	cr_assert_eq(frame_set_pan_ids(&f, 0x1111, 0x2222), 0);
	cr_assert(!f.destination.has_pan && f.source.pan == 0x2222);
}

static void check_ack(const char *hex, const char *expected)
{
	uint8_t octets[64], out[64], want[64];
	size_t n = unhex(octets, sizeof octets, hex), m = unhex(want, sizeof want, expected);
	struct frame f, ack;

	cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), 0);
	frame_make_ack(&ack, &f, true);
	cr_assert_eq(frame_build(out, sizeof out, &ack, NULL), (int)m, "%s", hex);
	cr_assert_arr_eq(out, want, m, "%s", hex);
}

Test(frame, acknowledgments)
{
	check_ack("61 88 05 cdab 3412 7856 ff", "12 00 05");
	check_ack("61 98 05 cdab 3412 7856 ff", "12 10 05");
	check_ack("61 a8 05 cdab 3412 7856 ff", "12 28 05 cdab 7856");
	check_ack("21 a9 cdab 3412 efbe 7856 ff", "12 29 efbe 7856");
	check_ack("21 2c 05 cdab 0807060504030201 ff", "12 20 05");
}

/* What a Wi-SUN node sends carries no PAN ID, nor does its acknowledgment: 7.2.2.6, Table 7-2. */
static const struct {
	const char *frame, *ack, *with_source; /* with_source NULL: cannot be */
} without_pan[] = {
	{"61ee8f 12e959feff10fb30 13e959feff10fb30 803f", "422c8f 13e959feff10fb30",
         "42ec8f 13e959feff10fb30 12e959feff10fb30"},
	/* one address alone: the source, the destination; with and without its PAN ID */
	{"61e005 13e959feff10fb30 ff", "422c05 13e959feff10fb30", NULL},
	{"61a005 7856 ff", "422805 7856", NULL},
	{"21a005 cdab 7856 ff", "022805 cdab 7856", NULL},
	{"212c05 cdab 0807060504030201 ff", "022005", "02e005 cdab 0807060504030201"},
	{"612c05 0807060504030201 ff", "022005", "42e005 0807060504030201"},
	{"612805 3412 ff", "022005", "42a005 3412"},
	{"212005", "022005", NULL},
	/* multipurpose: with a PAN ID, without, without sequence number */
	{"fd4105 3412 0102030405060708 1112131415161718 aa", "022c05 3412 1112131415161718",
         "02ec05 3412 1112131415161718 0102030405060708"},
	{"fd4005 0102030405060708 1112131415161718 aa", "422c05 1112131415161718",
         "42ec05 1112131415161718 0102030405060708"},
	{"fd44 0102030405060708 1112131415161718 aa", "422d 1112131415161718",
         "42ed 1112131415161718 0102030405060708"},
	{"ad4005 3412 7856 aa", "422805 7856", NULL},
	{"ad4105 cdab 3412 7856 aa", "022805 cdab 7856", "42a805 cdab 7856 3412"},
	/* what has PAN IDs keeps them */
	{"61a805 cdab 3412 7856 ff", "022805 cdab 7856", "42a805 cdab 7856 3412"},
	{"21a805 cdab 3412 efbe 7856 ff", "022805 efbe 7856", "02a805 efbe 7856 cdab 3412"},
	{"618805 cdab 3412 7856 ff", "020005", NULL},
};

static void check_built(const struct frame *f, const char *expected)
{
	uint8_t out[64], want[64];
	size_t n = unhex(want, sizeof want, expected);

	cr_assert_eq(frame_build(out, sizeof out, f, NULL), (int)n, "%s", expected);
	cr_assert_arr_eq(out, want, n, "%s", expected);
}

Test(frame, acknowledgments_without_pan_ids_that_nobody_said)
{
	for (size_t i = 0; i < COUNT(without_pan); i++) {
		uint8_t octets[64];
		size_t n = unhex(octets, sizeof octets, without_pan[i].frame);
		struct frame f, ack, before;

		cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), 0, "%zu", i);
		frame_make_ack(&ack, &f, false);
		check_built(&ack, without_pan[i].ack);
		before = ack;
		int error = frame_add_ack_source(&ack, &f);
		cr_assert_eq(error, without_pan[i].with_source ? 0 : FRAME_EFIELD, "%zu", i);
		check_built(error ? &before : &ack,
		            error ? without_pan[i].ack : without_pan[i].with_source);
		cr_assert(!error || !memcmp(&before, &ack, sizeof ack), "%zu", i);
	}
}

Test(frame, acknowledgments_with_ies)
{
	uint8_t octets[64];
	size_t n = unhex(octets, sizeof octets, without_pan[0].frame);
	struct frame f, ack;

	cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), 0);
	frame_make_ack(&ack, &f, false);
	ack.has_ies = true;
	check_built(&ack, "422e8f13e959feff10fb30");
	cr_assert_eq(frame_add_ack_source(&ack, &f), 0);
	check_built(&ack, "42ee8f13e959feff10fb3012e959feff10fb30");
}

Test(frame, mic_lengths_and_level_names)
{
	static const size_t lengths[] = {0, 4, 8, 16, 0, 4, 8, 16};

	for (unsigned level = 0; level < 8; level++)
		cr_assert_eq(frame_mic_length(level), lengths[level]);
	cr_assert_str_eq(frame_security_level_name(0), "none");
	cr_assert_str_eq(frame_security_level_name(6), "ENC-MIC-64");
	cr_assert_str_eq(frame_security_level_name(8), "unknown");
}

Test(frame, every_error_and_type_has_words)
{
	for (int error = -20; error <= 1; error++)
		cr_assert(strlen(frame_strerror(error)) > 3);
	for (unsigned type = 0; type < 20; type++)
		cr_assert(strlen(frame_type_name(type)) > 2);
	cr_assert_str_eq(frame_type_name(5), "Multipurpose");
	cr_assert_str_neq(frame_strerror(FRAME_EPAN), frame_strerror(-99));
}
