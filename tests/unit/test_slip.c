/* libslip: every case whole, octet by octet and at every split; every buffer flush against an
 * unreadable page; every kernel that this processor can run against a reference. TEST_SEED=N
 * repeats a run of the seeded properties. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../libslip/kernels/slip_kernels.h"
#include "slip.h"
#include "slip_reference.h"
#include "slip_vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { AREA = 1 << 16, TRACE_MAX = 1 << 17 };

/* --- helpers --- */

/* n octets that end where an unreadable page begins, filled with a pattern. One area a slot. */
static uint8_t *guarded(unsigned slot, size_t n)
{
	static uint8_t *areas[4];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	cr_assert(slot < COUNT(areas) && n <= AREA);
	if (!areas[slot]) {
		uint8_t *map =
			mmap(NULL, AREA + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		cr_assert(map != MAP_FAILED);
		cr_assert(mprotect(map + page, AREA, PROT_READ | PROT_WRITE) == 0);
		areas[slot] = map + page;
	}
	memset(areas[slot], 0xA5, AREA);
	return areas[slot] + AREA - n;
}

/* The same at the start of the area, where reading before the first octet faults. */
static uint8_t *guarded_before(unsigned slot)
{
	return guarded(slot, AREA);
}

static uint8_t *guarded_copy(unsigned slot, const uint8_t *octets, size_t n)
{
	uint8_t *copy = guarded(slot, n);

	return n ? memcpy(copy, octets, n) : copy;
}

static size_t unhex(uint8_t *out, size_t size, const char *hex)
{
	size_t n = 0;

	for (; hex[0] && hex[1]; hex += 2) {
		char digits[3] = {hex[0], hex[1], 0};
		char *end;
		unsigned long octet = strtoul(digits, &end, 16);

		cr_assert(*end == 0 && n < size, "bad hex %s", hex);
		out[n++] = (uint8_t)octet;
	}
	cr_assert(*hex == 0, "odd hex");
	return n;
}

struct text {
	char *at;
	size_t length;
};

static void text_reset(struct text *t)
{
	if (!t->at)
		t->at = malloc(TRACE_MAX);
	cr_assert(t->at);
	t->at[0] = 0;
	t->length = 0;
}

static void text_add(struct text *t, const char *words)
{
	size_t n = strlen(words);

	cr_assert(t->length + n < TRACE_MAX);
	memcpy(t->at + t->length, words, n + 1);
	t->length += n;
}

static void text_add_hex(struct text *t, const uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char digits[3];

		snprintf(digits, sizeof(digits), "%02x", octets[i]);
		text_add(t, digits);
	}
}

static uint64_t random_state;

static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * UINT64_C(0x2545F4914F6CDD1D);
}

static size_t random_below(size_t n)
{
	return n ? (size_t)((random_next() >> 16) % n) : 0;
}

static unsigned long long seed_from_environment(void)
{
	const char *given = getenv("TEST_SEED");
	unsigned long long seed = given ? strtoull(given, NULL, 0) : (unsigned long long)time(NULL);

	fprintf(stderr, "test_slip: TEST_SEED=%llu\n", seed);
	random_state = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15);
	if (random_state == 0)
		random_state = 1;
	return seed;
}

/* One of those that this processor can run, for all of the library. */
static void use_random_kernels(void)
{
	unsigned count = 0;

	while (slip_kernels_at(count))
		count++;
	slip_use_kernels(slip_kernels_at((unsigned)random_below(count)));
}

/* density: of 256 octets, how many are END, ESC, ESC_END or ESC_ESC. */
static void random_octets(uint8_t *out, size_t n, unsigned density)
{
	static const uint8_t telling[] = {SLIP_END, SLIP_ESC, SLIP_ESC_END, SLIP_ESC_ESC};

	for (size_t i = 0; i < n; i++) {
		if (random_below(256) < density)
			out[i] = telling[random_below(COUNT(telling))];
		else
			out[i] = (uint8_t)random_next();
	}
}

/* --- decoding: what came out, as text --- */

static void trace_event(struct text *t, size_t offset, enum slip_event event, const uint8_t *frame,
                        size_t length)
{
	static const char *const names[] = {"more", "frame", "bad_escape", "overlong",
	                                    "before_first_end"};
	char words[64];

	snprintf(words, sizeof(words), "%s%zu %s", t->length ? ", " : "", offset, names[event]);
	text_add(t, words);
	if (event == SLIP_FRAME) {
		text_add(t, " ");
		text_add_hex(t, frame, length);
	}
}

static void trace_counters(struct text *t, const struct slip_counters *c)
{
	char words[256];

	snprintf(words, sizeof(words),
	         " | octets %llu frames %llu empty %llu bad_escape %llu overlong %llu dropped %llu "
	         "unfinished %llu",
	         (unsigned long long)c->octets, (unsigned long long)c->frames,
	         (unsigned long long)c->empty, (unsigned long long)c->bad_escape,
	         (unsigned long long)c->overlong, (unsigned long long)c->before_first_end,
	         (unsigned long long)c->unfinished);
	text_add(t, words);
}

static void trace_end(struct text *t, size_t held, const struct slip_counters *c)
{
	char words[32];

	snprintf(words, sizeof(words), " | held %zu", held);
	text_add(t, words);
	trace_counters(t, c);
}

static void decode_chunk(struct slip_decoder *d, const uint8_t *in, size_t n, size_t offset,
                         struct text *t)
{
	size_t used = 0;

	while (used < n) {
		enum slip_event event;
		size_t step = slip_decode(d, in + used, n - used, &event);

		cr_assert(step >= 1 && step <= n - used);
		used += step;
		if (event == SLIP_MORE)
			cr_assert(used == n);
		else
			trace_event(t, offset + used, event, d->frame, d->length);
	}
}

/* in[0..n) in chunks that end at the cuts. */
static void decode_traced(struct text *t, const uint8_t *in, size_t n, size_t size, unsigned flags,
                          const size_t *cuts, size_t cut_count)
{
	struct slip_decoder d;
	size_t at = 0;
	size_t held;

	text_reset(t);
	slip_decoder_init(&d, guarded(0, size), size, flags);
	for (size_t i = 0; i <= cut_count; i++) {
		size_t end = i < cut_count ? cuts[i] : n;

		decode_chunk(&d, guarded_copy(1, in + at, end - at), end - at, at, t);
		at = end;
	}
	held = slip_decoder_finish(&d);
	trace_end(t, held, &d.counters);
}

/* The same from a decoder that shares nothing with the library: one octet, one branch of the
 * rules. */
struct reference {
	bool opened, idle, escaped, faulty, dropped;
	size_t length;
	uint8_t frame[4096];
	struct slip_counters counters;
};

static void reference_fault(struct reference *r, uint64_t *counter, enum slip_event event,
                            size_t offset, struct text *t)
{
	r->faulty = true;
	++*counter;
	trace_event(t, offset, event, NULL, 0);
}

static void reference_end(struct reference *r, size_t offset, struct text *t)
{
	if (r->faulty)
		r->faulty = false;
	else if (r->length > 0) {
		r->counters.frames++;
		trace_event(t, offset, SLIP_FRAME, r->frame, r->length);
	} else if (r->idle) {
		r->counters.empty++;
	}
	r->idle = true;
	r->length = 0;
}

static void reference_octet(struct reference *r, uint8_t octet, size_t size, size_t offset,
                            struct text *t)
{
	r->counters.octets++;
	if (!r->opened && octet != SLIP_END) {
		r->counters.before_first_end++;
		r->dropped = true;
		return;
	}
	if (!r->opened) {
		if (r->dropped)
			trace_event(t, offset, SLIP_BEFORE_FIRST_END, NULL, 0);
		r->opened = r->idle = true;
		return;
	}
	if (r->escaped && octet != SLIP_ESC_END && octet != SLIP_ESC_ESC) {
		r->escaped = false;
		reference_fault(r, &r->counters.bad_escape, SLIP_BAD_ESCAPE, offset, t);
		if (octet == SLIP_END)
			reference_end(r, offset, t);
		return;
	}
	if (octet == SLIP_END) {
		reference_end(r, offset, t);
		return;
	}
	if (r->faulty)
		return;
	r->idle = false;
	if (!r->escaped && octet == SLIP_ESC) {
		r->escaped = true;
		return;
	}
	if (r->escaped)
		octet = octet == SLIP_ESC_END ? SLIP_END : SLIP_ESC;
	r->escaped = false;
	if (r->length == size)
		reference_fault(r, &r->counters.overlong, SLIP_OVERLONG, offset, t);
	else
		r->frame[r->length++] = octet;
}

static void reference_traced(struct text *t, const uint8_t *in, size_t n, size_t size,
                             unsigned flags)
{
	struct reference r = {.opened = flags & SLIP_ACCEPT_UNOPENED};
	size_t held;

	text_reset(t);
	for (size_t i = 0; i < n; i++)
		reference_octet(&r, in[i], size, i + 1, t);
	held = r.faulty ? 0 : r.length + r.escaped;
	r.counters.unfinished = held > 0;
	trace_end(t, held, &r.counters);
}

/* --- decoding: named streams --- */

/* Whole, octet by octet, and at every split, each must give `expected`. */
static void check_every_split_now(const char *name, const uint8_t *in, size_t n, size_t size,
                                  unsigned flags, const char *expected)
{
	static struct text got;
	size_t every[256];

	decode_traced(&got, in, n, size, flags, NULL, 0);
	cr_assert_str_eq(got.at, expected, "%s, whole:\ngot  %s\nwant %s", name, got.at, expected);
	cr_assert(n < COUNT(every));
	for (size_t cut = 0; cut <= n; cut++) {
		decode_traced(&got, in, n, size, flags, &cut, 1);
		cr_assert_str_eq(got.at, expected, "%s, split at %zu:\ngot  %s\nwant %s", name, cut,
		                 got.at, expected);
		every[cut] = cut;
	}
	decode_traced(&got, in, n, size, flags, every, n);
	cr_assert_str_eq(got.at, expected, "%s, octet by octet:\ngot  %s\nwant %s", name, got.at,
	                 expected);
}

static void check_every_split(const char *name, const uint8_t *in, size_t n, size_t size,
                              unsigned flags, const char *expected)
{
	const struct slip_kernels *k;

	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		slip_use_kernels(k);
		check_every_split_now(name, in, n, size, flags, expected);
	}
}

Test(slip_decode, named_streams)
{
	static struct text expected;

	for (size_t i = 0; i < COUNT(slip_streams); i++) {
		const struct slip_stream *stream = &slip_streams[i];
		uint8_t in[256];
		size_t n = unhex(in, sizeof(in), stream->hex);

		text_reset(&expected);
		text_add(&expected, stream->events);
		trace_end(&expected, stream->held, &stream->counters);
		check_every_split(stream->name, in, n, stream->size, stream->flags, expected.at);
	}
}

Test(slip_decode, named_streams_agree_with_the_reference)
{
	static struct text want;

	for (size_t i = 0; i < COUNT(slip_streams); i++) {
		const struct slip_stream *stream = &slip_streams[i];
		uint8_t in[256];
		size_t n = unhex(in, sizeof(in), stream->hex);

		reference_traced(&want, in, n, stream->size, stream->flags);
		check_every_split(stream->name, in, n, stream->size, stream->flags, want.at);
	}
}

static size_t random_cuts(size_t *cuts, size_t max, size_t n)
{
	size_t count = 0;

	for (size_t at = 0; count < max; at = cuts[count++]) {
		cuts[count] = at + random_below(random_below(4) ? 20 : 400);
		if (cuts[count] > n)
			break;
	}
	return count;
}

Test(slip_decode, random_streams_in_random_chunks_agree_with_the_reference)
{
	static const unsigned densities[] = {0, 2, 8, 64, 200, 256};
	static struct text got, want;
	unsigned long long seed = seed_from_environment();

	for (int round = 0; round < 4000; round++) {
		uint8_t in[2000];
		size_t cuts[64];
		size_t n = random_below(random_below(2) ? sizeof(in) : 80);
		size_t size = random_below(random_below(2) ? 2000 : 70);
		unsigned flags = random_below(2) ? SLIP_ACCEPT_UNOPENED : 0;

		use_random_kernels();
		random_octets(in, n, densities[random_below(COUNT(densities))]);
		reference_traced(&want, in, n, size, flags);
		decode_traced(&got, in, n, size, flags, cuts, random_cuts(cuts, COUNT(cuts), n));
		cr_assert_str_eq(got.at, want.at, "TEST_SEED=%llu round %d:\ngot  %s\nwant %s",
		                 seed, round, got.at, want.at);
	}
}

Test(slip_decode, all_short_streams_of_telling_octets)
{
	static const uint8_t alphabet[] = {SLIP_END, SLIP_ESC, SLIP_ESC_END, SLIP_ESC_ESC, 0x41};
	static struct text got, want;

	for (unsigned number = 0; number < 5 * 5 * 5 * 5 * 5 * 5; number++) {
		static const size_t every[] = {1, 2, 3, 4, 5};
		uint8_t in[6];
		unsigned rest = number;

		for (size_t i = 0; i < sizeof(in); i++, rest /= 5)
			in[i] = alphabet[rest % 5];
		for (unsigned variant = 0; variant < 4; variant++) {
			unsigned flags = variant & 1 ? SLIP_ACCEPT_UNOPENED : 0;
			size_t size = variant & 2 ? 2 : 6;

			reference_traced(&want, in, sizeof(in), size, flags);
			decode_traced(&got, in, sizeof(in), size, flags, NULL, 0);
			cr_assert_str_eq(got.at, want.at, "number %u:\ngot  %s\nwant %s", number,
			                 got.at, want.at);
			decode_traced(&got, in, sizeof(in), size, flags, every, COUNT(every));
			cr_assert_str_eq(got.at, want.at, "number %u, octet by octet", number);
		}
	}
}

Test(slip_decode, the_decoder_is_fresh_after_finish)
{
	uint8_t frame[8];
	struct slip_decoder d;
	enum slip_event event;

	slip_decoder_init(&d, frame, sizeof(frame), 0);
	cr_assert_eq(slip_decode(&d, (const uint8_t *)"\xC0ooo", 4, &event), 4);
	cr_assert_eq(slip_decoder_finish(&d), 3);
	cr_assert_eq(d.length, 0);
	cr_assert_eq(slip_decode(&d, (const uint8_t *)"ab\xC0", 3, &event), 3);
	cr_assert_eq(event, SLIP_BEFORE_FIRST_END);
	cr_assert_eq(d.counters.before_first_end, 2);
	cr_assert_eq(d.counters.unfinished, 1);
	cr_assert_eq(d.counters.octets, 7);
	cr_assert_eq(slip_decoder_finish(&d), 0);
	cr_assert_eq(d.counters.unfinished, 1);
}

Test(slip_decode, no_input_is_more_and_a_delivered_frame_is_not_unfinished)
{
	uint8_t frame[8];
	struct slip_decoder d;
	enum slip_event event = SLIP_FRAME;

	slip_decoder_init(&d, frame, sizeof(frame), 0);
	cr_assert_eq(slip_decode(&d, NULL, 0, &event), 0);
	cr_assert_eq(event, SLIP_MORE);
	cr_assert_eq(slip_decode(&d, (const uint8_t *)"\xC0x\xC0", 3, &event), 3);
	cr_assert_eq(event, SLIP_FRAME);
	cr_assert_eq(slip_decoder_finish(&d), 0);
	cr_assert_eq(d.counters.unfinished, 0);
}

/* --- decoding in place, and whole buffers --- */

Test(slip_decode, in_place_at_every_distance_gives_the_same_frames)
{
	static struct text got, want;
	unsigned long long seed = seed_from_environment();

	for (int round = 0; round < 2000; round++) {
		size_t distance = random_below(random_below(2) ? 3 : 200), n = random_below(1500);
		uint8_t *area = guarded(2, distance + n);
		struct slip_decoder d;

		use_random_kernels();
		random_octets(area + distance, n, random_below(2) ? 4 : 60);
		reference_traced(&want, area + distance, n, distance + n, 0);
		text_reset(&got);
		slip_decoder_init(&d, area, distance + n, 0);
		decode_chunk(&d, area + distance, n, 0, &got);
		cr_assert(strncmp(got.at, want.at, got.length) == 0 && want.at[got.length] == ' ',
		          "TEST_SEED=%llu round %d distance %zu:\ngot  %s\nwant %s", seed, round,
		          distance, got.at, want.at);
	}
}

/* Frames of the usual lengths one after another in more octets than a frame, which is where
 * decoders take short ways. */
static size_t random_line(uint8_t *line, size_t size, size_t shortest, size_t longest)
{
	size_t at = 0;

	while (at < size) {
		size_t n = shortest + random_below(longest - shortest + 1);

		for (size_t i = 0; at < size && i < n; i++) {
			bool escape = random_below(100) == 0 && at + 2 <= size;

			if (escape)
				line[at++] = SLIP_ESC;
			line[at++] = escape ? SLIP_ESC_END + (uint8_t)random_below(2)
			                    : (uint8_t)random_below(SLIP_END);
		}
		for (size_t ends = 1 + random_below(2); at < size && ends > 0; ends--)
			line[at++] = SLIP_END;
		if (at < size && random_below(40) == 0)
			line[at++] = SLIP_ESC;
	}
	return size;
}

static void check_buffer(const uint8_t *in, size_t n, bool in_place, unsigned flags,
                         unsigned long long seed)
{
	static struct text got, want;
	static struct slip_frame frames[AREA];
	uint8_t *copy = guarded_copy(2, in, n), *out = in_place ? copy : guarded(3, n);
	struct slip_counters counters;
	size_t count =
		slip_decode_buffer(out, n, copy, n, flags, frames, SLIP_FRAMES_MAX(n), &counters);
	const uint8_t *at = out;

	cr_assert_leq(count, SLIP_FRAMES_MAX(n));
	text_reset(&got);
	for (size_t i = 0; i < count; i++) {
		cr_assert(frames[i].octets == at);
		at += frames[i].length;
		text_add(&got, " frame ");
		text_add_hex(&got, frames[i].octets, frames[i].length);
	}
	trace_counters(&got, &counters);
	reference_traced(&want, in, n, n, flags);
	cr_assert(strstr(want.at, strrchr(got.at, '|')), "TEST_SEED=%llu:\ngot  %s\nwant %s", seed,
	          got.at, want.at);
	for (char *g = got.at, *w = want.at; (g = strstr(g, " frame ")); g++, w++) {
		size_t length = strcspn(g + 7, " |");

		w = strstr(w, " frame ");
		cr_assert(w && strcspn(w + 7, " ,|") == length && memcmp(w, g, 7 + length) == 0,
		          "TEST_SEED=%llu:\ngot  %s\nwant %s", seed, got.at, want.at);
	}
}

Test(slip_decode, whole_buffers_give_the_same_frames)
{
	unsigned long long seed = seed_from_environment();

	for (int round = 0; round < 2000; round++) {
		uint8_t in[2000];
		size_t n = random_below(random_below(2) ? sizeof(in) : 30);

		use_random_kernels();
		random_octets(in, n, random_below(2) ? 4 : 128);
		check_buffer(in, n, round & 1, round & 2 ? SLIP_ACCEPT_UNOPENED : 0, seed);
	}
}

Test(slip_decode, lines_of_usual_frames_in_every_way)
{
	static struct text got, want;
	unsigned long long seed = seed_from_environment();

	for (int round = 0; round < 3000; round++) {
		uint8_t in[3000];
		size_t cuts[4], size = random_below(2) ? 2047 : 127,
				longest = random_below(2) ? 130 : 600;
		size_t n =
			random_line(in, random_below(sizeof(in)), random_below(longest), longest);

		use_random_kernels();
		reference_traced(&want, in, n, size, 0);
		decode_traced(&got, in, n, size, 0, cuts,
		              random_cuts(cuts, random_below(COUNT(cuts) + 1), n));
		cr_assert_str_eq(got.at, want.at, "TEST_SEED=%llu round %d:\ngot  %s\nwant %s",
		                 seed, round, got.at, want.at);
		check_buffer(in, n, round & 1, 0, seed);
	}
}

Test(slip_decode, a_buffer_of_more_frames_than_asked_for_still_counts_them)
{
	static const uint8_t in[] = {0xC0, 1, 0xC0, 2, 3, 0xC0, 4, 0xC0};
	uint8_t out[sizeof(in)];
	struct slip_frame frames[2] = {{NULL, 0}, {NULL, 99}};

	cr_assert_eq(slip_decode_buffer(out, sizeof(out), in, sizeof(in), 0, frames, 1, NULL), 3);
	cr_assert(frames[0].octets == out && frames[0].length == 1);
	cr_assert_eq(frames[1].length, 99);
	cr_assert_arr_eq(out, ((uint8_t[]){1, 2, 3, 4}), 4);
}

Test(slip_decode, a_buffer_without_room_discards_only_what_does_not_fit)
{
	static const uint8_t in[] = {0xC0, 1, 2, 0xC0, 3, 4, 0xC0, 5, 0xC0};
	uint8_t *out = guarded(0, 3);
	struct slip_frame frames[4];
	struct slip_counters counters;

	cr_assert_eq(slip_decode_buffer(out, 3, in, sizeof(in), 0, frames, 4, &counters), 2);
	cr_assert_eq(counters.overlong, 1);
	cr_assert(frames[1].octets == out + 2 && frames[1].length == 1);
	cr_assert_arr_eq(out, ((uint8_t[]){1, 2, 5}), 3);
}

Test(slip_decode, a_list_that_is_too_short_is_never_overrun)
{
	uint8_t in[600], out[sizeof(in)];
	const struct slip_kernels *k;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = i & 1 ? SLIP_END : (uint8_t)(i / 2 % SLIP_END);
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		slip_use_kernels(k);
		for (size_t max = 0; max <= 140; max++) {
			struct slip_frame *frames = (void *)guarded(0, max * sizeof(*frames));

			cr_assert_eq(slip_decode_buffer(out, sizeof(out), in, sizeof(in),
			                                SLIP_ACCEPT_UNOPENED, frames, max, NULL),
			             sizeof(in) / 2, "%s, %zu", k->name, max);
			for (size_t i = 0; i < max; i++)
				cr_assert(frames[i].octets == out + i && frames[i].length == 1,
				          "%s, %zu", k->name, max);
			for (size_t i = 0; i < sizeof(in) / 2; i++)
				cr_assert_eq(out[i], i % SLIP_END, "%s, %zu", k->name, max);
		}
	}
}

static void check_buffer_with_every_kernel(const uint8_t *in, size_t n)
{
	const struct slip_kernels *k;

	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		slip_use_kernels(k);
		check_buffer(in, n, false, 0, 0);
		check_buffer(in, n, true, 0, 0);
	}
}

Test(slip_decode, a_long_frame_after_an_end_or_escape_at_every_place)
{
	for (size_t at = 0; at < 600; at++) {
		uint8_t in[1600];

		memset(in, 0x41, sizeof(in));
		in[0] = in[2] = in[sizeof(in) - 100] = SLIP_END;
		in[3 + at] = in[3 + at + 400] = SLIP_END;
		check_buffer_with_every_kernel(in, sizeof(in));
		in[3 + at] = SLIP_ESC;
		in[4 + at] = SLIP_ESC_END;
		check_buffer_with_every_kernel(in, sizeof(in));
	}
}

/* The input ends with an END, the list with a frame before: neither is overrun. */
Test(slip_decode, long_frames_to_the_end_of_input_and_list)
{
	enum { FRAMES = 50, EACH = 701 };
	static uint8_t in[FRAMES * EACH], out[FRAMES * EACH];
	const struct slip_kernels *k;

	memset(in, 0x41, sizeof(in));
	for (size_t i = 0; i < FRAMES; i++)
		in[i * EACH + EACH - 1] = SLIP_END;
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		slip_use_kernels(k);
		for (size_t max = 0; max <= FRAMES + 2; max++) {
			struct slip_frame *frames = (void *)guarded(0, max * sizeof(*frames));
			const uint8_t *copy = guarded_copy(1, in, sizeof(in));
			size_t count = slip_decode_buffer(out, sizeof(out), copy, sizeof(in),
			                                  SLIP_ACCEPT_UNOPENED, frames, max, NULL);

			cr_assert_eq(count, FRAMES, "%s, %zu", k->name, max);
			for (size_t i = 0; i < max && i < FRAMES; i++)
				cr_assert(frames[i].octets == out + i * (EACH - 1) &&
				          frames[i].length == EACH - 1);
		}
	}
}

Test(slip_decode, alternating_octets_and_ends_make_the_most_frames)
{
	uint8_t in[200], out[200];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = i & 1 ? SLIP_END : 0x41;
	cr_assert_eq(slip_decode_buffer(out, sizeof(out), in, sizeof(in), SLIP_ACCEPT_UNOPENED,
	                                NULL, 0, NULL),
	             SLIP_FRAMES_MAX(sizeof(in)));
}

/* --- encoding --- */

/* Every function that encodes, in exactly the room it needs and in one octet less. */
static void check_encode(const char *name, const uint8_t *payload, size_t n, const uint8_t *line,
                         size_t line_length)
{
	const uint8_t *in = guarded_copy(1, payload, n);
	uint8_t *out = guarded(0, line_length);

	cr_assert_eq(slip_encoded_size(in, n), line_length, "%s: encoded size", name);
	cr_assert_leq(line_length, SLIP_ENCODED_MAX(n), "%s", name);
	cr_assert_eq(slip_encode(out, line_length, in, n), (long)line_length, "%s: length", name);
	cr_assert_arr_eq(out, line, line_length, "%s: octets", name);
	cr_assert_eq(slip_encode(guarded(0, line_length - 1), line_length - 1, in, n), SLIP_ESPACE,
	             "%s: no room", name);
	out = guarded(0, SLIP_ENCODED_MAX(n));
	cr_assert_eq(slip_encode(out, SLIP_ENCODED_MAX(n), in, n), (long)line_length,
	             "%s: with room to spare", name);
	cr_assert_arr_eq(out, line, line_length, "%s: octets, with room to spare", name);
}

static void check_pieces(const char *name, const uint8_t *payload, size_t n, const uint8_t *line,
                         size_t line_length)
{
	const uint8_t *in = guarded_copy(1, payload, n);
	struct slip_piece *pieces = calloc(SLIP_PIECES_MAX(n), sizeof(*pieces));
	size_t count, at = 0;
	long result;

	cr_assert(pieces);
	result = slip_encode_pieces(pieces, SLIP_PIECES_MAX(n), in, n);
	count = (size_t)result;
	cr_assert(result >= 2 && count <= SLIP_PIECES_MAX(n), "%s", name);
	for (size_t i = 0; i < count; at += pieces[i++].length) {
		cr_assert(pieces[i].length > 0 && pieces[i].length <= line_length - at,
		          "%s: piece %zu", name, i);
		cr_assert_arr_eq(pieces[i].octets, line + at, pieces[i].length, "%s: piece %zu",
		                 name, i);
	}
	cr_assert_eq(at, line_length, "%s: pieces", name);
	for (size_t max = 0; max < count; max++)
		cr_assert_eq(slip_encode_pieces(pieces, max, in, n), SLIP_ESPACE, "%s: %zu pieces",
		             name, max);
	cr_assert_eq(slip_encode_pieces(pieces, count, in, n), result, "%s: just enough pieces",
	             name);
	free(pieces);
}

/* The payload in pieces of `step`, the output in buffers of `room`. */
static void check_stream_encoder(const char *name, const uint8_t *payload, size_t n,
                                 const uint8_t *line, size_t line_length, size_t step, size_t room)
{
	struct slip_encoder e;
	size_t at = 0, used = 0, written;
	bool ended = false;

	slip_encoder_init(&e);
	while (!ended) {
		uint8_t *out = guarded(0, room);
		size_t piece = n - used < step ? n - used : step;

		if (used < n)
			used += slip_encoder_push(&e, out, room, &written,
			                          guarded_copy(1, payload + used, piece), piece);
		else
			ended = slip_encoder_end(&e, out, room, &written);
		cr_assert(written <= room && written <= line_length - at, "%s: step %zu room %zu",
		          name, step, room);
		cr_assert(written > 0 || room == 0, "%s: no progress, step %zu room %zu", name,
		          step, room);
		cr_assert_arr_eq(out, line + at, written, "%s: step %zu room %zu", name, step,
		                 room);
		at += written;
	}
	cr_assert_eq(at, line_length, "%s: step %zu room %zu", name, step, room);
}

Test(slip_encode, named_frames)
{
	for (size_t i = 0; i < COUNT(slip_codings); i++) {
		const char *name = slip_codings[i].name;
		const struct slip_kernels *k;
		uint8_t payload[64], line[64];
		size_t n = unhex(payload, sizeof(payload), slip_codings[i].payload);
		size_t line_length = unhex(line, sizeof(line), slip_codings[i].line);

		for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
			slip_use_kernels(k);
			check_encode(name, payload, n, line, line_length);
			check_pieces(name, payload, n, line, line_length);
		}
		for (size_t step = 1; step <= n + 1; step++)
			for (size_t room = 1; room <= line_length + 1; room++)
				check_stream_encoder(name, payload, n, line, line_length, step,
				                     room);
	}
}

static size_t reference_encode(uint8_t *line, const uint8_t *payload, size_t n)
{
	size_t at = 0;

	line[at++] = 0xC0;
	for (size_t i = 0; i < n; i++) {
		if (payload[i] == 0xC0 || payload[i] == 0xDB) {
			line[at++] = 0xDB;
			line[at++] = payload[i] == 0xC0 ? 0xDC : 0xDD;
		} else {
			line[at++] = payload[i];
		}
	}
	line[at++] = 0xC0;
	return at;
}

Test(slip_encode, random_frames_and_back)
{
	unsigned long long seed = seed_from_environment();

	for (int round = 0; round < 1500; round++) {
		char name[64];
		uint8_t payload[1200], line[SLIP_ENCODED_MAX(1200)], frame[1200];
		size_t n = random_below(random_below(2) ? sizeof(payload) : 140), line_length;
		struct slip_decoder d;
		enum slip_event event;

		snprintf(name, sizeof(name), "TEST_SEED=%llu round %d", seed, round);
		use_random_kernels();
		random_octets(payload, n, (unsigned)random_below(2) * (unsigned)random_below(257));
		line_length = reference_encode(line, payload, n);
		check_encode(name, payload, n, line, line_length);
		check_pieces(name, payload, n > 200 ? 200 : n, line,
		             reference_encode(line, payload, n > 200 ? 200 : n));
		line_length = reference_encode(line, payload, n);
		check_stream_encoder(name, payload, n, line, line_length, 1 + random_below(300),
		                     1 + random_below(300));
		slip_decoder_init(&d, frame, sizeof(frame), 0);
		cr_assert_eq(slip_decode(&d, line, line_length, &event), line_length, "%s", name);
		cr_assert_eq(event, n ? SLIP_FRAME : SLIP_MORE, "%s", name);
		cr_assert(d.length == n && memcmp(frame, payload, n) == 0, "%s", name);
	}
}

/* In exactly the room that they need, and in one octet less. */
Test(slip_encode, special_octets_at_the_end_of_every_length)
{
	const struct slip_kernels *k;

	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		slip_use_kernels(k);
		for (size_t n = 1; n < 200; n++) {
			for (size_t special = 0; special < 9 && special <= n; special++) {
				uint8_t payload[200], line[SLIP_ENCODED_MAX(200)];

				memset(payload, 0x41, n - special);
				memset(payload + n - special, SLIP_END, special);
				check_encode(k->name, payload, n, line,
				             reference_encode(line, payload, n));
			}
		}
	}
}

Test(slip_encode, an_encoder_begins_anew_after_end_and_after_init)
{
	struct slip_encoder e;
	uint8_t out[8];
	size_t written;

	slip_encoder_init(&e);
	cr_assert_eq(slip_encoder_push(&e, out, sizeof(out), &written, (const uint8_t *)"a", 1), 1);
	cr_assert(written == 2 && memcmp(out,
	                                 "\xC0"
	                                 "a",
	                                 2) == 0);
	cr_assert(slip_encoder_end(&e, out, sizeof(out), &written));
	cr_assert(written == 1 && out[0] == SLIP_END);
	cr_assert_eq(slip_encoder_push(&e, out, 2, &written, (const uint8_t *)"\xDB", 1), 1);
	cr_assert(written == 2 && memcmp(out, "\xC0\xDB", 2) == 0);
	slip_encoder_init(&e);
	cr_assert(slip_encoder_end(&e, out, sizeof(out), &written));
	cr_assert(written == 2 && memcmp(out, "\xC0\xC0", 2) == 0);
	cr_assert_not(slip_encoder_end(&e, out, 0, &written));
	cr_assert_eq(written, 0);
	cr_assert_eq(slip_encoder_push(&e, out, 0, &written, (const uint8_t *)"a", 1), 0);
	cr_assert_eq(written, 0);
}

Test(slip, errors_have_words)
{
	cr_assert_str_eq(slip_strerror(SLIP_OK), "no error");
	cr_assert_str_eq(slip_strerror(SLIP_ESPACE), "no space");
	cr_assert_str_eq(slip_strerror(-2), "unknown error");
	cr_assert_str_eq(slip_strerror(1), "unknown error");
}

/* --- kernels: each against a reference --- */

typedef struct slip_run run_function(uint8_t *out, size_t size, const uint8_t *in, size_t n);

static void check_run(run_function *tested, run_function *reference, const char *what,
                      const uint8_t *in, size_t n, size_t size)
{
	static uint8_t want[AREA];
	uint8_t *out = guarded(0, size);
	struct slip_run expected = reference(want, size, in, n), got = tested(out, size, in, n);

	cr_assert(got.used == expected.used && got.written == expected.written,
	          "%s of %zu octets into %zu: used %zu written %zu, want %zu %zu", what, n, size,
	          got.used, got.written, expected.used, expected.written);
	cr_assert_arr_eq(out, want, got.written, "%s of %zu octets into %zu", what, n, size);
}

static void check_in_place(run_function *tested, const struct slip_run *expected,
                           const uint8_t *want, const uint8_t *in, size_t n, size_t distance,
                           const char *what)
{
	uint8_t *area = guarded(3, distance + n);
	struct slip_run got;

	if (n)
		memcpy(area + distance, in, n);
	got = tested(area, distance + n, area + distance, n);
	cr_assert(got.used == expected->used && got.written == expected->written, "%s in place",
	          what);
	cr_assert_arr_eq(area, want, got.written, "%s in place", what);
	cr_assert_arr_eq(area + distance + got.used, in + got.used, n - got.used,
	                 "%s in place: input not intact", what);
}

static void check_kernels(const struct slip_kernels *k, const uint8_t *in, size_t n, size_t size)
{
	static uint8_t want[AREA];
	struct slip_run roomy = reference_unescape(want, sizeof(want), in, n);

	check_in_place(k->unescape, &roomy, want, in, n, random_below(70), k->name);
	check_run(k->unescape, reference_unescape, k->name, in, n, size);
	check_run(k->escape, reference_escape, k->name, in, n, size);
	cr_assert_eq(k->count(in, n), reference_count(in, n), "%s: count of %zu octets", k->name,
	             n);
	cr_assert_eq(k->span(in, n), reference_span(in, n), "%s: span of %zu octets", k->name, n);
}

static void check_kernels_in_sizes(const struct slip_kernels *k, const uint8_t *in, size_t n)
{
	check_kernels(k, in, n, 2 * n + 200);
	check_kernels(k, in, n, 2 * n);
	check_kernels(k, in, n, n);
	check_kernels(k, in, n, random_below(2 * n + 2));
}

Test(slip_kernels, all_lengths_and_alignments_of_random_octets)
{
	static const unsigned densities[] = {0, 3, 20, 256};
	unsigned long long seed = seed_from_environment();
	const struct slip_kernels *k;

	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		fprintf(stderr, "test_slip: kernels %s (TEST_SEED=%llu)\n", k->name, seed);
		for (size_t n = 0; n < 300; n++) {
			for (size_t i = 0; i < COUNT(densities); i++) {
				uint8_t *before = guarded_before(1) + random_below(65), *in;

				random_octets(before, n, densities[i]);
				check_kernels_in_sizes(k, before, n);
				in = guarded(2, n);
				random_octets(in, n, densities[i]);
				check_kernels_in_sizes(k, in, n);
			}
		}
	}
}

/* Escape pairs are where kernels go wrong: at block edges. */
Test(slip_kernels, pairs_at_every_place)
{
	static const char *const pairs[] = {"\xDB\xDC",
	                                    "\xDB\xDD",
	                                    "\xDB\xDB",
	                                    "\xDB\xC0",
	                                    "\xDB"
	                                    "A",
	                                    "\xC0"
	                                    "A",
	                                    "A\xDB",
	                                    "\xDB\xDD\xDB\xDC",
	                                    "\xC0\xDB\xC0"};
	const struct slip_kernels *k;

	seed_from_environment();
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		for (size_t n = 2; n < 200; n += n < 70 ? 1 : 7) {
			for (size_t at = 0; at < n; at++) {
				for (size_t i = 0; i < COUNT(pairs) && at + strlen(pairs[i]) <= n;
				     i++) {
					uint8_t *in = guarded(1, n);

					memset(in, 0x41, n);
					memcpy(in + at, pairs[i], strlen(pairs[i]));
					check_kernels(k, in, n, n + 2);
					check_kernels(k, in, n, at + 1);
				}
			}
		}
	}
}

/* Where whole strides are copied, too. */
Test(slip_kernels, a_pair_at_every_place_of_a_long_run)
{
	const struct slip_kernels *k;

	seed_from_environment();
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		for (size_t at = 0; at <= 700; at++) {
			uint8_t *in = guarded(1, 702);

			memset(in, 0x41, 702);
			memcpy(in + at, "\xDB\xDC", 2);
			check_kernels(k, in, 702, 704);
		}
	}
}

static void check_every_size(const uint8_t *in, size_t n)
{
	const struct slip_kernels *k;

	for (unsigned index = 0; (k = slip_kernels_at(index)); index++)
		for (size_t size = 0; size <= 2 * n; size++)
			check_kernels(k, in, n, size);
}

Test(slip_kernels, pairs_and_special_octets_into_every_size)
{
	seed_from_environment();
	for (size_t n = 30; n < 140; n += 1 + random_below(4)) {
		uint8_t *in = guarded(1, n);

		in[0] = 0x41;
		for (size_t i = 1; i < n; i++)
			in[i] = i & 1 ? SLIP_ESC : SLIP_ESC_END;
		check_every_size(in, n);
		for (size_t i = 1; i < n; i++)
			in[i] = random_below(2) ? SLIP_ESC : SLIP_END;
		check_every_size(in, n);
		in[0] = SLIP_ESC;
		check_every_size(in, n);
	}
}

Test(slip_kernels, nothing_but_pairs)
{
	const struct slip_kernels *k;

	seed_from_environment();
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		for (size_t n = 0; n < 400; n++) {
			uint8_t *in = guarded(1, n);

			for (size_t i = 0; i < n; i++)
				in[i] = i & 1 ? (random_below(2) ? SLIP_ESC_END : SLIP_ESC_ESC)
				              : SLIP_ESC;
			check_kernels_in_sizes(k, in, n);
			if (n > 0)
				in[random_below(n)] ^= (uint8_t)(1 << random_below(8));
			check_kernels_in_sizes(k, in, n);
			memset(in, SLIP_ESC, n);
			check_kernels_in_sizes(k, in, n);
			memset(in, SLIP_END, n);
			check_kernels_in_sizes(k, in, n);
		}
	}
}

/* Where kernels take octet by octet for a while, and back. */
Test(slip_kernels, escapes_close_together)
{
	const struct slip_kernels *k;

	seed_from_environment();
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		for (size_t period = 2; period < 40; period++) {
			for (size_t n = 1; n < 1600; n += 1 + n / 9 + random_below(7)) {
				uint8_t *in = guarded(1, n);
				size_t plain_from = random_below(2 * n);

				for (size_t i = 0; i < n; i++)
					in[i] = i >= plain_from || i % period > 1 ? 'A'
					        : i % period == 0                 ? SLIP_ESC
					        : random_below(2)                 ? SLIP_ESC_END
					                                          : SLIP_ESC_ESC;
				check_kernels_in_sizes(k, in, n);
				in[random_below(n)] = random_below(2) ? SLIP_ESC : SLIP_END;
				check_kernels_in_sizes(k, in, n);
			}
		}
	}
}

/* Every value of octet, alone among others: the compares must take no neighbour for an END or
 * ESC. */
Test(slip_kernels, every_octet_value_at_every_lane)
{
	const struct slip_kernels *k;

	seed_from_environment();
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		for (unsigned value = 0; value < 256; value++) {
			for (size_t at = 0; at < 130; at++) {
				uint8_t *in = guarded(1, 130);

				memset(in, (int)(value ^ 0x55) & 0x3F, 130);
				in[at] = (uint8_t)value;
				check_kernels(k, in, 130, 260);
			}
		}
	}
}

Test(slip_kernels, the_best_is_one_of_those_tested)
{
	const struct slip_kernels *k;
	bool found = false;

	slip_use_kernels(NULL);
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++)
		found |= k == slip_kernels();
	cr_assert(found);
	cr_assert_str_eq(slip_kernels_at(0)->name, "scalar");
}

/* --- the corpus, where it is --- */

static FILE *corpus_open(const char *name)
{
	const char *given = getenv("CORPUS");
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/slip/%s", given ? given : "../shared/corpus", name);
	file = fopen(path, "r");
	if (!file)
		cr_skip_test("no corpus: %s", path);
	return file;
}

/* The next line's first columns; the heading is passed over. Returns the columns found. */
static int corpus_row(FILE *file, char *line, size_t size, char *columns[], int max)
{
	int count = 0;

	if (ftell(file) == 0 && !fgets(line, (int)size, file))
		return 0;
	if (!fgets(line, (int)size, file))
		return 0;
	line[strcspn(line, "\r\n")] = 0;
	for (char *rest = line; rest && count < max;)
		columns[count++] = strsep(&rest, "\t");
	return count;
}

static void check_corpus_stream(const char *name, const char *stream_hex, const char *frames_hex)
{
	static uint8_t in[8192], frame[8192];
	static struct text got;
	size_t n = unhex(in, sizeof(in), stream_hex);

	for (size_t step = 1; step <= n + 1; step += step < 3 || step > n / 2 ? n / 3 + 1 : 1) {
		struct slip_decoder d;

		text_reset(&got);
		slip_decoder_init(&d, frame, sizeof(frame), 0);
		for (size_t used = 0; used < n;) {
			enum slip_event event;
			size_t piece = n - used < step ? n - used : step;

			used += slip_decode(&d, in + used, piece, &event);
			if (event != SLIP_FRAME)
				continue;
			text_add(&got, got.length ? ";" : "");
			text_add_hex(&got, d.frame, d.length);
		}
		cr_expect_str_eq(got.at, frames_hex, "%s, in pieces of %zu:\ngot  %s\nwant %s",
		                 name, step, got.at, frames_hex);
	}
}

static void check_corpus_streams(const char *file_name)
{
	FILE *file = corpus_open(file_name);
	char line[16384], *columns[3];
	int rows = 0;

	for (; corpus_row(file, line, sizeof(line), columns, 3) == 3; rows++)
		check_corpus_stream(columns[0], columns[1], columns[2]);
	cr_assert(feof(file) && rows > 5, "%s: %d rows", file_name, rows);
	fclose(file);
}

Test(slip_corpus, streams)
{
	check_corpus_streams("streams.tsv");
}

Test(slip_corpus, decode_vectors)
{
	check_corpus_streams("decode_vectors.tsv");
}

Test(slip_corpus, encode_vectors)
{
	FILE *file = corpus_open("encode_vectors.tsv");
	char line[16384], *columns[4];
	int rows = 0;

	for (; corpus_row(file, line, sizeof(line), columns, 4) == 4; rows++) {
		uint8_t payload[4096], encoded[8192];
		size_t n = unhex(payload, sizeof(payload), columns[1]);
		size_t encoded_length = unhex(encoded, sizeof(encoded), columns[3]);

		check_encode(columns[0], payload, n, encoded, encoded_length);
		check_pieces(columns[0], payload, n, encoded, encoded_length);
	}
	cr_assert(feof(file) && rows > 5, "%d rows", rows);
	fclose(file);
}
