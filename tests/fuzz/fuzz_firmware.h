/* fuzz_firmware.h - any octets to the reader of one firmware, which a target names. The first four
 * octets choose: whether frames are sent, the longest frame, the pieces that the input comes in.
 * The events and counters are the same in one piece and in many; every length is within its bounds;
 * and a good frame that comes after a pause is read, whatever came before it. What is read ends
 * where the next octet faults. */
#ifndef FUZZ_FIRMWARE_H
#define FUZZ_FIRMWARE_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "probe/firmware.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

struct fuzz_choice {
	uint8_t flags, max_frame, piece, more;
};

/* What has happened, in one number; and the last frame. */
struct fuzz_story {
	uint64_t hash;
	unsigned events;
	size_t length;
	uint8_t frame[FIRMWARE_FRAME_MAX];
};

/* Of the target: the firmware's number, and what one good frame of it is on the line. */
extern const unsigned fuzz_firmware;
extern const uint8_t fuzz_good_line[], fuzz_good_frame[];
extern const size_t fuzz_good_line_size, fuzz_good_frame_size;

static void mix(struct fuzz_story *s, const void *octets, size_t n)
{
	const uint8_t *p = octets;

	for (size_t i = 0; i < n; i++)
		s->hash = (s->hash ^ p[i]) * UINT64_C(0x100000001b3);
	s->hash = (s->hash ^ n) * UINT64_C(0x100000001b3);
}

static void note_frame(struct fuzz_story *s, const struct firmware_line *l,
                       const struct probe_frame *f)
{
	REQUIRE(f->length >= 1 && f->length <= l->config.max_frame);
	s->length = f->length;
	memcpy(s->frame, f->mac, f->length);
	mix(s, f->mac, f->length);
	mix(s, &f->rssi, sizeof f->rssi);
	mix(s, &f->clock_us, sizeof f->clock_us);
	mix(s, &f->channel, sizeof f->channel);
}

/* The same, whether frames come together or one after the other. */
static void note(struct fuzz_story *s, const struct firmware_line *l,
                 const struct firmware_event *e)
{
	bool is_frame = e->type == FIRMWARE_FRAME;

	REQUIRE(e->count >= 1 && e->count <= (is_frame ? FIRMWARE_FRAMES_MAX : 1));
	for (unsigned i = 0; i < e->count; i++) {
		s->events++;
		mix(s, &e->type, sizeof e->type);
		if (is_frame)
			note_frame(s, l, &e->frames[i]);
	}
	if (is_frame)
		return;
	if (e->type == FIRMWARE_TEXT) {
		REQUIRE(e->text_length >= 1 && e->text_length <= FIRMWARE_INPUT_MAX);
		mix(s, e->text, e->text_length);
	} else {
		REQUIRE(e->type == FIRMWARE_ANSWER && l->in_flight &&
		        e->outcome < FIRMWARE_OUTCOMES);
		mix(s, &e->outcome, sizeof e->outcome);
	}
}

static const uint8_t *at_end(const uint8_t *octets, size_t n)
{
	enum { PAGE = 4096, SIZE = 2 * PAGE };
	static uint8_t *block;

	if (!block) {
		block = mmap(NULL, SIZE + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		             -1, 0);
		REQUIRE(block != MAP_FAILED && mprotect(block + SIZE, PAGE, PROT_NONE) == 0);
	}
	REQUIRE(n <= SIZE);
	return n ? memcpy(block + SIZE - n, octets, n) : block + SIZE;
}

static void read_piece(struct firmware_line *l, struct fuzz_story *s, const uint8_t *octets,
                       size_t n, int64_t now)
{
	const uint8_t *in = at_end(octets, n);
	struct firmware_event e;

	do {
		size_t used = firmware_read(l, in, n, now, &e);

		REQUIRE(used <= n && (e.type != FIRMWARE_MORE || used == n));
		in += used;
		n -= used;
		if (e.type != FIRMWARE_MORE)
			note(s, l, &e);
		if (e.type == FIRMWARE_ANSWER)
			l->in_flight = false;
		REQUIRE(l->out_length <= sizeof l->out);
		REQUIRE(memchr(l->words, '\0', sizeof l->words));
		l->words[0] = '\0';
		l->out_length = 0;
	} while (n || e.type != FIRMWARE_MORE);
}

static void run(struct firmware_line *l, struct fuzz_story *s, const struct fuzz_choice *c,
                const uint8_t *octets, size_t n, size_t piece)
{
	static const uint8_t frame[] = {0x41, 0x88, 1, 0xcd, 0xab, 2, 0, 1, 0, 'x'};
	const struct firmware_config config = {
		.channel = c->flags & 2 ? 15 : -1,
		.active = c->flags & 1,
		.max_frame = c->max_frame < 128 ? FIRMWARE_FRAME_MAX : c->max_frame,
	};
	const int64_t now = 1000, pause = INT64_C(10000000000);

	*s = (struct fuzz_story){.hash = UINT64_C(0xcbf29ce484222325)};
	firmware_line_init(l, firmware_at(fuzz_firmware), &config);
	if (c->flags & 4)
		firmware_start(l, now);
	if (config.active && firmware_may_send(l))
		firmware_send(l, frame, sizeof frame, now);
	for (size_t at = 0; at < n; at += piece)
		read_piece(l, s, octets + at, n - at < piece ? n - at : piece, now);
	mix(s, l->counts, sizeof l->counts);
	firmware_tick(l, now + pause);
	read_piece(l, s, NULL, 0, now + pause);
	read_piece(l, s, fuzz_good_line, fuzz_good_line_size, now + pause);
	REQUIRE(s->length == fuzz_good_frame_size &&
	        memcmp(s->frame, fuzz_good_frame, s->length) == 0);
	firmware_stop(l);
	REQUIRE(l->out_length <= sizeof l->out && firmware_finish(l) <= FIRMWARE_INPUT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	static struct firmware_line line;
	static struct fuzz_story whole, pieces;
	struct fuzz_choice c;

	if (length < sizeof c || length > 4096)
		return 0;
	memcpy(&c, data, sizeof c);
	data += sizeof c;
	length -= sizeof c;
	run(&line, &whole, &c, data, length, length ? length : 1);
	run(&line, &pieces, &c, data, length, 1 + c.piece % 64);
	REQUIRE(whole.hash == pieces.hash && whole.events == pieces.events);
	return 0;
}

/* clang-format off */
#define FUZZ_FIRMWARE(number, frame_, line_)                                                       \
	const unsigned fuzz_firmware = number;                                                     \
	const uint8_t fuzz_good_frame[] = frame_, fuzz_good_line[] = line_;                        \
	const size_t fuzz_good_frame_size = sizeof(frame_) - 1, fuzz_good_line_size = sizeof(line_) - 1;
/* clang-format on */

#define FUZZ_FRAME "\x41\x88\x07\xcd\xab\x02\x00\x01\x00hello"

#endif
