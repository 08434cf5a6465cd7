/* Any octets to the decoder of HDLC-lite, in pieces and into a buffer of a size that the first two
 * octets choose; its answers are those of a reference that takes the line apart at its flags and
 * judges each part as a whole. And any octets encoded: they come back. What is read and written
 * ends where the next octet faults. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "probe/hdlc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

enum { OCTETS_MAX = 4096, PAGE = 4096, SIZE = 4 * PAGE };

static uint8_t *at_end(unsigned which, size_t n)
{
	static uint8_t *blocks[3];

	if (!blocks[which]) {
		blocks[which] = mmap(NULL, SIZE + PAGE, PROT_READ | PROT_WRITE,
		                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(blocks[which] != MAP_FAILED &&
		        mprotect(blocks[which] + SIZE, PAGE, PROT_NONE) == 0);
	}
	REQUIRE(n <= SIZE);
	return blocks[which] + SIZE - n;
}

/* Bit by bit. */
static uint16_t reference_fcs(const uint8_t *octets, size_t n)
{
	unsigned fcs = 0xffff;

	for (size_t i = 0; i < n; i++) {
		fcs ^= octets[i];
		for (unsigned bit = 0; bit < 8; bit++)
			fcs = fcs & 1 ? fcs >> 1 ^ 0x8408 : fcs >> 1;
	}
	return (uint16_t)~fcs;
}

static struct hdlc_counters want;
static uint8_t frames[2 * OCTETS_MAX];
static size_t frames_length;

static void keep(const uint8_t *frame, size_t n)
{
	memcpy(frames + frames_length, frame, n);
	frames_length += n;
}

/* line[0..n) is all that stands between two flags. */
static void judge(const uint8_t *line, size_t n, size_t size)
{
	static uint8_t frame[OCTETS_MAX];
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		if (line[i] == 0x7d && i + 1 == n) {
			want.aborted++;
			return;
		}
		if (length == size) {
			/* An escape is no octet of the frame yet. */
			want.overlong++;
			return;
		}
		frame[length++] = line[i] == 0x7d ? line[++i] ^ 0x20 : line[i];
	}
	uint16_t fcs = length < 2 ? 0 : reference_fcs(frame, length - 2);
	if (length >= 2 && frame[length - 2] == (uint8_t)fcs && frame[length - 1] == fcs >> 8) {
		want.frames++;
		keep(frame, length - 2);
	} else if (n) {
		want.bad_fcs++;
	}
}

static void check_decoding(const uint8_t *line, size_t n, size_t piece, size_t size)
{
	struct hdlc_decoder d;
	size_t start = 0, taken = 0;

	want = (struct hdlc_counters){.octets = n};
	frames_length = 0;
	for (size_t i = 0; i < n; i++) {
		if (line[i] != 0x7e)
			continue;
		judge(line + start, i - start, size);
		start = i + 1;
	}
	hdlc_decoder_init(&d, at_end(0, size), size);
	for (size_t at = 0; at < n; at += piece) {
		size_t left = n - at < piece ? n - at : piece;
		const uint8_t *in = memcpy(at_end(1, left), line + at, left);

		while (left) {
			enum hdlc_event event;
			size_t used = hdlc_decode(&d, in, left, &event);

			REQUIRE(used >= 1 && used <= left && (event != HDLC_MORE || used == left));
			in += used;
			left -= used;
			if (event != HDLC_FRAME)
				continue;
			REQUIRE(d.length <= frames_length - taken &&
			        memcmp(d.frame, frames + taken, d.length) == 0);
			taken += d.length;
		}
	}
	size_t overlong = d.counters.overlong - want.overlong;
	REQUIRE(taken == frames_length && d.counters.octets == n &&
	        d.counters.frames == want.frames && d.counters.bad_fcs == want.bad_fcs &&
	        d.counters.aborted == want.aborted && overlong <= 1);
	REQUIRE(hdlc_decoder_finish(&d) <= n - start);
}

static void check_encoding(const uint8_t *payload, size_t n)
{
	size_t room = HDLC_ENCODED_MAX(n);
	const uint8_t *in = memcpy(at_end(1, n), payload, n);
	uint8_t *out = at_end(2, room);
	size_t size = hdlc_encode(out, room, in, n);
	enum hdlc_event event = HDLC_MORE;
	struct hdlc_decoder d;

	REQUIRE(size >= n + 4 && size <= room && out[0] == 0x7e && out[size - 1] == 0x7e);
	REQUIRE(!memchr(out + 1, 0x7e, size - 2) && !memchr(out, 0x11, size) &&
	        !memchr(out, 0x13, size) && !memchr(out, 0xf8, size));
	hdlc_decoder_init(&d, at_end(0, n + 2), n + 2);
	REQUIRE(hdlc_decode(&d, out, size, &event) == size && event == HDLC_FRAME);
	REQUIRE(d.length == n && memcmp(d.frame, payload, n) == 0);
	out = at_end(2, size - 1);
	REQUIRE(hdlc_encode(out, size - 1, in, n) == 0);
	REQUIRE(hdlc_encode(at_end(2, size), size, in, n) == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	if (length < 2 || length > OCTETS_MAX)
		return 0;
	check_decoding(data + 2, length - 2, 1 + data[0] % 64,
	               data[1] == 255 ? OCTETS_MAX : data[1]);
	check_encoding(data + 2, length - 2);
	return 0;
}
