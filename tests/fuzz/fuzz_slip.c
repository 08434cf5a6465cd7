/* Any octets to libslip, as a line to decode or as a payload to encode. The first four say with
 * which kernel, by which function, in pieces and into a buffer of which size: one of each a run, so
 * that runs are many. The decoders' answers are those of a reference that knows nothing of states:
 * it takes the line apart at its ENDs and judges each part as a whole. All that is read and written
 * ends where the next octet faults, with or without a sanitizer. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../unit/slip_reference.h"
#include "slip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

/* Not assert: it holds in every build. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
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

static void story_add(struct story *s, enum slip_event event, size_t offset, const uint8_t *frame,
                      size_t length)
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
	REQUIRE(a->event_count == b->event_count && a->octet_count == b->octet_count &&
	        a->held == b->held);
	for (size_t i = 0; i < a->event_count; i++) {
		REQUIRE(a->events[i].event == b->events[i].event &&
		        a->events[i].offset == b->events[i].offset);
		REQUIRE(a->events[i].length == b->events[i].length);
	}
	REQUIRE(memcmp(a->octets, b->octets, a->octet_count) == 0);
	require_same_counters(&a->counters, &b->counters);
}

/* --- the reference --- */

/* line[start..end) is all that stands between two ENDs, or between the last one and the end of the
 * input. */
static void judge(struct story *s, const uint8_t *line, size_t start, size_t end, bool ended,
                  size_t size)
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

/* Frames share the buffer, one after the other, or each has all of it. */
enum sharing { EACH, SHARED };

static void tell(struct story *s, const uint8_t *line, size_t n, size_t size, unsigned flags,
                 enum sharing sharing)
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
			judge(s, line, start, i, ended,
			      sharing == SHARED ? size - s->octet_count : size);
		} else {
			s->counters.empty += ended && after_end;
		}
		opened |= ended;
		after_end = ended;
		start = i + 1;
	}
}

/* --- what is tested --- */

struct choice {
	uint8_t kernels, function, piece, size;
};

static size_t smaller_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* n octets that end where a page begins that nobody may touch. */
enum block { PIECE, FRAME, WHOLE, OUT, LIST, BLOCKS };

static uint8_t *at_end(enum block which, size_t n)
{
	enum { PAGE = 4096, SIZE = 20 * PAGE };
	static uint8_t *blocks[BLOCKS];

	if (!blocks[which]) {
		blocks[which] = mmap(NULL, SIZE + PAGE, PROT_READ | PROT_WRITE,
		                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(blocks[which] != MAP_FAILED &&
		        mprotect(blocks[which] + SIZE, PAGE, PROT_NONE) == 0);
	}
	REQUIRE(n <= SIZE);
	return blocks[which] + SIZE - n;
}

static uint8_t *copy_at_end(enum block which, const uint8_t *octets, size_t n)
{
	return memcpy(at_end(which, n), octets, n);
}

static void decode_piece(struct slip_decoder *d, const uint8_t *in, size_t n, size_t offset,
                         struct story *s)
{
	enum slip_event event = SLIP_MORE;

	for (size_t used = 0; used < n;) {
		size_t step = slip_decode(d, in + used, n - used, &event);

		REQUIRE(step >= 1 && step <= n - used);
		used += step;
		REQUIRE(event != SLIP_MORE || used == n);
		if (event != SLIP_MORE)
			story_add(s, event, offset + used, d->frame,
			          event == SLIP_FRAME ? d->length : 0);
	}
}

static void check_pieces(const uint8_t *line, size_t n, unsigned flags, const struct choice *choice)
{
	static struct story want, got;
	size_t size = choice->size < 0xF0 ? choice->size : OCTETS_MAX, piece;
	struct slip_decoder d;

	tell(&want, line, n, size, flags, EACH);
	story_begin(&got);
	slip_decoder_init(&d, at_end(FRAME, size), size, flags);
	for (size_t at = 0; at < n; at += piece) {
		piece = smaller_of(1 + choice->piece, n - at);
		decode_piece(&d, copy_at_end(PIECE, line + at, piece), piece, at, &got);
	}
	got.held = slip_decoder_finish(&d);
	got.counters = d.counters;
	require_same_story(&got, &want);
}

static void check_in_place(const uint8_t *line, size_t n, unsigned flags,
                           const struct choice *choice)
{
	static struct story want, got;
	uint8_t *in = copy_at_end(WHOLE, line, n);
	size_t distance = choice->piece;
	struct slip_decoder d;

	tell(&want, line, n, n, flags, EACH);
	story_begin(&got);
	slip_decoder_init(&d, in - distance, n, flags);
	decode_piece(&d, in, n, 0, &got);
	got.held = slip_decoder_finish(&d);
	got.counters = d.counters;
	require_same_story(&got, &want);
}

static void check_buffer(const uint8_t *line, size_t n, unsigned flags, const struct choice *choice,
                         bool in_place)
{
	static struct story want;
	size_t size = choice->size & 1 ? n : n * choice->size / 256, count, listed = 0;
	size_t max = choice->piece & 1 ? SLIP_FRAMES_MAX(n) : choice->piece / 4;
	struct slip_frame *frames = (struct slip_frame *)at_end(LIST, max * sizeof *frames);
	uint8_t *copy = copy_at_end(WHOLE, line, n), *out = in_place ? copy : at_end(OUT, size);
	const uint8_t *at = out;
	struct slip_counters counters;

	tell(&want, line, n, size, flags, SHARED);
	count = slip_decode_buffer(out, size, copy, n, flags, frames, max, &counters);
	require_same_counters(&counters, &want.counters);
	REQUIRE(count == want.counters.frames && count <= SLIP_FRAMES_MAX(n));
	REQUIRE(memcmp(out, want.octets, want.octet_count) == 0);
	for (size_t i = 0; i < want.event_count && listed < count && listed < max; i++) {
		if (want.events[i].event != SLIP_FRAME)
			continue;
		REQUIRE(frames[listed].octets == at &&
		        frames[listed].length == want.events[i].length);
		at += frames[listed++].length;
	}
}

/* --- encoding --- */

struct line {
	uint8_t octets[SLIP_ENCODED_MAX(OCTETS_MAX)];
	size_t length;
};

static const struct line *reference_line(const uint8_t *payload, size_t n)
{
	static struct line line;

	line.octets[0] = 0xC0;
	line.length =
		1 + reference_escape(line.octets + 1, sizeof line.octets - 2, payload, n).written;
	line.octets[line.length++] = 0xC0;
	return &line;
}

static void check_whole(const uint8_t *payload, size_t n, const struct line *line,
                        const struct choice *choice)
{
	size_t room = line->length + (choice->size < 0xC0 ? 0 : choice->size),
	       less = choice->piece % line->length;
	uint8_t *out = at_end(OUT, room);

	REQUIRE(slip_encoded_size(payload, n) == line->length);
	REQUIRE(slip_encode(out, room, payload, n) == (long)line->length);
	REQUIRE(memcmp(out, line->octets, line->length) == 0);
	REQUIRE(slip_encode(at_end(OUT, less), less, payload, n) == SLIP_ESPACE);
}

static struct slip_piece *list_of(size_t pieces)
{
	return (struct slip_piece *)at_end(LIST, pieces * sizeof(struct slip_piece));
}

static void check_list(const uint8_t *payload, size_t n, const struct line *line,
                       const struct choice *choice)
{
	long result =
		slip_encode_pieces(list_of(SLIP_PIECES_MAX(n)), SLIP_PIECES_MAX(n), payload, n);
	size_t count = (size_t)result, at = 0, less;
	const struct slip_piece *pieces = list_of(count);

	REQUIRE(result >= 2 && slip_encode_pieces(list_of(count), count, payload, n) == result);
	for (size_t i = 0; i < count; at += pieces[i++].length)
		REQUIRE(pieces[i].length > 0 && pieces[i].length <= line->length - at &&
		        memcmp(pieces[i].octets, line->octets + at, pieces[i].length) == 0);
	REQUIRE(at == line->length);
	less = choice->piece < 0x80 ? count - 1 : choice->piece % count;
	REQUIRE(slip_encode_pieces(list_of(less), less, payload, n) == SLIP_ESPACE);
}

static void check_encoder(const uint8_t *payload, size_t n, const struct line *line,
                          const struct choice *choice)
{
	size_t room = 1 + choice->size, at = 0, used = 0;
	uint8_t *out = at_end(OUT, room);
	struct slip_encoder e;
	bool ended = false;

	slip_encoder_init(&e);
	while (!ended) {
		size_t piece = smaller_of(1 + choice->piece, n - used), written;

		if (piece > 0)
			used += slip_encoder_push(&e, out, room, &written,
			                          copy_at_end(PIECE, payload + used, piece), piece);
		else
			ended = slip_encoder_end(&e, out, room, &written);
		REQUIRE(written >= 1 && written <= room && written <= line->length - at);
		REQUIRE(memcmp(out, line->octets + at, written) == 0);
		at += written;
	}
	REQUIRE(at == line->length);
}

/* --- */

static void choose_kernels(unsigned choice)
{
	unsigned count = 0;

	while (slip_kernels_at(count))
		count++;
	slip_use_kernels(slip_kernels_at(choice % count));
}

static void check(const uint8_t *octets, size_t n, const struct choice *choice)
{
	unsigned flags = choice->function & 0x80 ? SLIP_ACCEPT_UNOPENED : 0;

	switch (choice->function % 8) {
	case 0:
	case 1:
		check_pieces(octets, n, flags, choice);
		break;
	case 2:
		check_in_place(octets, n, flags, choice);
		break;
	case 3:
	case 4:
		check_buffer(octets, n, flags, choice, choice->function & 1);
		break;
	case 5:
		check_whole(copy_at_end(WHOLE, octets, n), n, reference_line(octets, n), choice);
		break;
	case 6:
		check_list(copy_at_end(WHOLE, octets, n), n, reference_line(octets, n), choice);
		break;
	default:
		check_encoder(octets, n, reference_line(octets, n), choice);
	}
}

/* What follows the choice may be said several times, to be as long as kernels need it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	static uint8_t octets[OCTETS_MAX];
	struct choice choice;
	size_t n = 0;

	if (length < sizeof choice || length - sizeof choice > OCTETS_MAX)
		return 0;
	memcpy(&choice, data, sizeof choice);
	data += sizeof choice;
	length -= sizeof choice;
	for (unsigned times = choice.kernels >= 0xF0 ? 8 : 1; times > 0 && length <= OCTETS_MAX - n;
	     times--) {
		memcpy(octets + n, data, length);
		n += length;
	}
	choose_kernels(choice.kernels % 8);
	check(octets, n, &choice);
	return 0;
}
