/* Any octets to libslip, as a line to decode and as a payload to encode, in pieces and buffers of any size, with each
 * of the kernels that this processor can run. The decoders' answers are those of a reference that knows nothing of
 * states: it takes the line apart at its ENDs and judges each part as a whole. */
#include <stdlib.h>
#include <string.h>

#include "../../libslip/scan.h"
#include "slip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

/* Not assert: it holds in every build. */
#define REQUIRE(condition)                                                                                             \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

enum { OCTETS_MAX = 4096, EVENTS_MAX = OCTETS_MAX + 1 };

/* What came out, and when. */
struct story {
	struct {
		enum slip_event event;
		size_t offset;        /* octets read by then */
		size_t start, length; /* of the frame, in octets */
	} events[EVENTS_MAX];
	size_t event_count;
	uint8_t octets[OCTETS_MAX];
	size_t octet_count;
	size_t held;
	struct slip_counters counters;
};

static void story_begin(struct story *s)
{
	s->event_count = s->octet_count = s->held = 0;
	s->counters = (struct slip_counters){.octets = 0};
}

static void story_add(struct story *s, enum slip_event event, size_t offset, const uint8_t *frame, size_t length)
{
	REQUIRE(s->event_count < EVENTS_MAX && length <= OCTETS_MAX - s->octet_count);
	s->events[s->event_count].event = event;
	s->events[s->event_count].offset = offset;
	s->events[s->event_count].start = s->octet_count;
	s->events[s->event_count++].length = length;
	if (length)
		memcpy(s->octets + s->octet_count, frame, length);
	s->octet_count += length;
}

static void require_same_counters(const struct slip_counters *a, const struct slip_counters *b)
{
	REQUIRE(a->octets == b->octets && a->frames == b->frames && a->empty == b->empty);
	REQUIRE(a->bad_escape == b->bad_escape && a->overlong == b->overlong);
	REQUIRE(a->before_first_end == b->before_first_end && a->unfinished == b->unfinished);
}

static void require_same_story(const struct story *a, const struct story *b)
{
	REQUIRE(a->event_count == b->event_count && a->octet_count == b->octet_count && a->held == b->held);
	for (size_t i = 0; i < a->event_count; i++) {
		REQUIRE(a->events[i].event == b->events[i].event && a->events[i].offset == b->events[i].offset);
		REQUIRE(a->events[i].length == b->events[i].length);
	}
	REQUIRE(memcmp(a->octets, b->octets, a->octet_count) == 0);
	require_same_counters(&a->counters, &b->counters);
}

/* --- the reference --- */

/* line[start..end) is all that stands between two ENDs, or between the last one and the end of the input. */
static void judge(struct story *s, const uint8_t *line, size_t start, size_t end, bool ended, size_t size)
{
	static uint8_t frame[OCTETS_MAX];
	size_t length = 0, pending = 0;

	for (size_t i = start; i < end; i++) {
		uint8_t octet = line[i];

		if (octet == 0xDB && i + 1 == end && !ended) {
			pending = 1;
			break;
		}
		if (octet == 0xDB) {
			octet = line[++i];
			if (octet != 0xDC && octet != 0xDD) {
				s->counters.bad_escape++;
				story_add(s, SLIP_BAD_ESCAPE, i + 1, NULL, 0);
				return;
			}
			octet = octet == 0xDC ? 0xC0 : 0xDB;
		}
		if (length == size) {
			s->counters.overlong++;
			story_add(s, SLIP_OVERLONG, i + 1, NULL, 0);
			return;
		}
		frame[length++] = octet;
	}
	if (!ended) {
		s->held = length + pending;
		s->counters.unfinished = s->held > 0;
		return;
	}
	s->counters.frames++;
	story_add(s, SLIP_FRAME, end + 1, frame, length);
}

static void tell(struct story *s, const uint8_t *line, size_t n, size_t size, unsigned flags)
{
	bool opened = flags & SLIP_ACCEPT_UNOPENED, after_end = false;
	size_t start = 0;

	story_begin(s);
	s->counters.octets = n;
	for (size_t i = 0; i <= n; i++) {
		bool ended = i < n && line[i] == 0xC0;

		if (i < n && !ended)
			continue;
		if (!opened) {
			s->counters.before_first_end = i;
			if (ended && i > 0)
				story_add(s, SLIP_BEFORE_FIRST_END, i + 1, NULL, 0);
		} else if (i > start) {
			judge(s, line, start, i, ended, size);
		} else {
			s->counters.empty += ended && after_end;
		}
		opened |= ended;
		after_end = ended;
		start = i + 1;
	}
}

/* --- what is tested --- */

struct dice {
	uint64_t state;
};

static size_t roll(struct dice *d, size_t sides)
{
	d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return sides ? (size_t)(d->state >> 33) % sides : 0;
}

/* n octets that end where a block of memory does: kept, since allocating is slower than all that is tested. */
enum block { PIECE, FRAME, WHOLE, OUT, BLOCKS };

static uint8_t *at_end(enum block which, size_t n)
{
	enum { SIZE = SLIP_ENCODED_MAX(OCTETS_MAX) };
	static uint8_t *blocks[BLOCKS];

	if (!blocks[which])
		blocks[which] = malloc(SIZE);
	REQUIRE(blocks[which] && n <= SIZE);
	return blocks[which] + SIZE - n;
}

static uint8_t *copy_at_end(enum block which, const uint8_t *octets, size_t n)
{
	return memcpy(at_end(which, n), octets, n);
}

static void decode_piece(struct slip_decoder *d, const uint8_t *in, size_t n, size_t offset, struct story *s)
{
	enum slip_event event = SLIP_MORE;

	for (size_t used = 0; used < n;) {
		size_t step = slip_decode(d, in + used, n - used, &event);

		REQUIRE(step >= 1 && step <= n - used);
		used += step;
		REQUIRE(event != SLIP_MORE || used == n);
		if (event != SLIP_MORE)
			story_add(s, event, offset + used, d->frame, event == SLIP_FRAME ? d->length : 0);
	}
}

static void decode_in_pieces(struct story *s, const uint8_t *line, size_t n, size_t size, unsigned flags,
                             struct dice *dice)
{
	size_t longest = 1 + roll(dice, roll(dice, 2) ? 2000 : 70);
	struct slip_decoder d;

	story_begin(s);
	slip_decoder_init(&d, at_end(FRAME, size), size, flags);
	for (size_t at = 0, piece; at < n; at += piece) {
		piece = 1 + roll(dice, longest);
		if (piece > n - at)
			piece = n - at;
		decode_piece(&d, copy_at_end(PIECE, line + at, piece), piece, at, s);
	}
	s->held = slip_decoder_finish(&d);
	s->counters = d.counters;
}

static void decode_in_place(struct story *s, const uint8_t *line, size_t n, size_t distance, unsigned flags)
{
	uint8_t *in = copy_at_end(WHOLE, line, n);
	struct slip_decoder d;

	story_begin(s);
	slip_decoder_init(&d, in - distance, distance + n, flags);
	decode_piece(&d, in, n, 0, s);
	s->held = slip_decoder_finish(&d);
	s->counters = d.counters;
}

static void check_buffer(const struct story *want, const uint8_t *line, size_t n, unsigned flags, struct dice *dice)
{
	static struct slip_frame frames[SLIP_FRAMES_MAX(OCTETS_MAX)];
	uint8_t *copy = copy_at_end(WHOLE, line, n), *out = roll(dice, 2) ? copy : at_end(OUT, n);
	size_t max = roll(dice, 4) ? SLIP_FRAMES_MAX(n) : roll(dice, 40), count, listed = 0;
	const uint8_t *at = out;
	struct slip_counters counters;

	count = slip_decode_buffer(out, n, copy, n, flags, frames, max, &counters);
	require_same_counters(&counters, &want->counters);
	REQUIRE(count == want->counters.frames && count <= SLIP_FRAMES_MAX(n));
	REQUIRE(memcmp(out, want->octets, want->octet_count) == 0);
	for (size_t i = 0; i < want->event_count && listed < count && listed < max; i++) {
		if (want->events[i].event != SLIP_FRAME)
			continue;
		REQUIRE(frames[listed].octets == at && frames[listed].length == want->events[i].length);
		at += frames[listed++].length;
	}
}

static void check_decoding(const uint8_t *line, size_t n, struct dice *dice)
{
	static struct story want, got;
	unsigned flags = roll(dice, 2) ? SLIP_ACCEPT_UNOPENED : 0;
	size_t size;

	switch (roll(dice, 3)) {
	case 0:
		size = roll(dice, roll(dice, 2) ? OCTETS_MAX : 140);
		tell(&want, line, n, size, flags);
		decode_in_pieces(&got, line, n, size, flags, dice);
		require_same_story(&got, &want);
		break;
	case 1:
		tell(&want, line, n, n, flags);
		decode_in_place(&got, line, n, roll(dice, 200), flags);
		require_same_story(&got, &want);
		break;
	default:
		tell(&want, line, n, n, flags);
		check_buffer(&want, line, n, flags, dice);
	}
}

/* --- encoding, judged by what the reference reads --- */

static void check_pieces(const uint8_t *payload, size_t n, const uint8_t *line, size_t length)
{
	static struct slip_piece pieces[SLIP_PIECES_MAX(OCTETS_MAX)];
	size_t count = slip_encode_pieces(pieces, SLIP_PIECES_MAX(n), payload, n), at = 0;

	REQUIRE(count >= 2 && slip_encode_pieces(pieces, count - 1, payload, n) == 0);
	count = slip_encode_pieces(pieces, count, payload, n);
	for (size_t i = 0; i < count; at += pieces[i++].length)
		REQUIRE(pieces[i].length > 0 && pieces[i].length <= length - at &&
		        memcmp(pieces[i].octets, line + at, pieces[i].length) == 0);
	REQUIRE(at == length);
}

static void check_stream_encoder(const uint8_t *payload, size_t n, const uint8_t *line, size_t length,
                                 struct dice *dice)
{
	size_t room = 1 + roll(dice, roll(dice, 2) ? 300 : 4), longest = 1 + roll(dice, 300), at = 0, used = 0;
	uint8_t *out = at_end(OUT, room);
	struct slip_encoder e;
	bool ended = false;

	slip_encoder_init(&e);
	while (!ended) {
		size_t piece = 1 + roll(dice, longest), written;

		if (used < n)
			used += slip_encoder_push(&e, out, room, &written, payload + used,
			                          piece < n - used ? piece : n - used);
		else
			ended = slip_encoder_end(&e, out, room, &written);
		REQUIRE(written >= 1 && written <= room && written <= length - at);
		REQUIRE(memcmp(out, line + at, written) == 0);
		at += written;
	}
	REQUIRE(at == length);
}

static void check_encoding(const uint8_t *octets, size_t n, struct dice *dice)
{
	static struct story read;
	uint8_t *payload = copy_at_end(WHOLE, octets, n), *line;
	size_t length = slip_encoded_size(payload, n), room = length + (roll(dice, 2) ? 0 : roll(dice, n + 70));

	REQUIRE(length >= n + 2 && length <= SLIP_ENCODED_MAX(n));
	line = at_end(FRAME, length - 1);
	REQUIRE(slip_encode(line, length - 1, payload, n) == 0);
	line = at_end(FRAME, room);
	REQUIRE(slip_encode(line, room, payload, n) == length);
	REQUIRE(line[0] == 0xC0 && line[length - 1] == 0xC0 && !memchr(line + 1, 0xC0, length - 2));
	tell(&read, line, length, n, 0);
	REQUIRE(read.event_count == (n > 0) && read.octet_count == n && memcmp(read.octets, payload, n) == 0);
	check_pieces(payload, n, line, length);
	check_stream_encoder(payload, n, line, length, dice);
}

/* --- */

static void choose_kernels(struct dice *dice)
{
	unsigned count = 0;

	while (slip_kernels_at(count))
		count++;
	slip_use_kernels(slip_kernels_at((unsigned)roll(dice, count)));
}

/* The first four octets are the dice; what follows may be said several times, to be as long as kernels need it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	static uint8_t octets[OCTETS_MAX];
	struct dice dice = {0};
	size_t times, n = 0;

	if (length < 4)
		return 0;
	for (int i = 0; i < 4; i++)
		dice.state = dice.state << 8 | data[i];
	data += 4;
	length -= 4;
	choose_kernels(&dice);
	for (times = roll(&dice, 4) ? 1 : 1 + roll(&dice, 8); times > 0 && length <= OCTETS_MAX - n && length > 0;
	     times--) {
		memcpy(octets + n, data, length);
		n += length;
	}
	if (n < OCTETS_MAX / 2 && roll(&dice, 4) == 0)
		check_encoding(octets, n, &dice);
	else
		check_decoding(octets, n, &dice);
	return 0;
}
