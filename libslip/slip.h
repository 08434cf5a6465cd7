/* slip.h - SLIP framing (RFC 1055): bytes to frames and back.
 * Never does I/O, never allocates, never prints, keeps no globals: every octet lives in the caller's buffers.
 *
 * Rules (they differ from RFC 1055's sample code where that loses or invents data):
 *   - one END or many between frames; empty frames are ignored
 *   - octets before the first END are dropped, unless SLIP_ACCEPT_UNOPENED
 *   - ESC followed by anything but ESC_END or ESC_ESC (END included) discards its frame; the END ends it
 *   - a frame longer than the caller's buffer is discarded to its END
 * Each is counted under its own name, and the same whatever pieces the input comes in.
 *
 * A struct belongs to one thread at a time; different structs are independent. */
#ifndef SLIP_H
#define SLIP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLIP_END 0xC0     /* RFC 1055: "END" (octal 300) */
#define SLIP_ESC 0xDB     /* octal 333 */
#define SLIP_ESC_END 0xDC /* octal 334: follows ESC in place of an END in the data */
#define SLIP_ESC_ESC 0xDD /* octal 335: follows ESC in place of an ESC in the data */

/* The most octets that n octets of payload can take on the line, both ENDs included. */
#define SLIP_ENCODED_MAX(n) (2 * (size_t)(n) + 2)

/* Flag of slip_decoder_init: octets before the first END are a frame (senders that write no leading END). */
#define SLIP_ACCEPT_UNOPENED 1u

enum slip_event {
	SLIP_MORE,             /* the input is used up, no frame has ended */
	SLIP_FRAME,            /* decoder.frame, decoder.length: a whole frame, valid until the next call */
	SLIP_BAD_ESCAPE,       /* a frame with a bad escape has been discarded */
	SLIP_OVERLONG,         /* a frame longer than the buffer has been discarded */
	SLIP_BEFORE_FIRST_END, /* octets before the first END have been dropped */
};

struct slip_counters {
	uint64_t octets;           /* read from the line */
	uint64_t frames;           /* delivered */
	uint64_t empty;            /* two ENDs with nothing between them (idle line, double END) */
	uint64_t bad_escape;       /* frames discarded */
	uint64_t overlong;         /* frames discarded */
	uint64_t before_first_end; /* octets dropped */
	uint64_t unfinished;       /* frames discarded by slip_decoder_finish */
};

struct slip_decoder {
	uint8_t *frame;  /* the caller's buffer */
	size_t length;   /* octets of the frame in it so far */
	size_t size;     /* of the buffer */
	unsigned flags;
	int state;       /* private */
	struct slip_counters counters;
};

/* frame[0..size) stays the caller's and must outlive the decoder. A size of 0 makes every frame overlong. */
void slip_decoder_init(struct slip_decoder *d, uint8_t *frame, size_t size, unsigned flags);

/* Reads from in[0..n) until a frame ends, is discarded, or the input is used up. Returns the octets used, which is n
 * with SLIP_MORE and at least 1 otherwise (n = 0: returns 0, SLIP_MORE). Call again with the rest. */
size_t slip_decode(struct slip_decoder *d, const uint8_t *in, size_t n, enum slip_event *event);

/* The input has ended (or the line was cut): a frame without its END is discarded and counted as unfinished.
 * Returns the octets discarded. The decoder then waits for a first END as after slip_decoder_init; counters stay. */
size_t slip_decoder_finish(struct slip_decoder *d);

/* Octets that slip_encode writes for in[0..n): END, the escaped payload, END. */
size_t slip_encoded_size(const uint8_t *in, size_t n);

/* Writes END, the escaped payload, END to out[0..size). Returns the octets written, or 0 where size is too small
 * (nothing useful is then in out; SLIP_ENCODED_MAX(n) is always enough). in and out must not overlap. */
size_t slip_encode(uint8_t *out, size_t size, const uint8_t *in, size_t n);

#ifdef __cplusplus
}
#endif
#endif
