/* slip.h - SLIP framing (RFC 1055): octets to frames and back, at about the speed of memory.
 * Never does I/O, never allocates, never prints, keeps no state outside the caller's structs and
 * buffers. (Which vector instructions the processor has is found out once: the same for all
 * threads, without a lock.)
 *
 * Rules (they differ from RFC 1055's sample code, "Drivers", where that loses or invents data):
 * - one END or many between frames; empty frames are ignored
 * - octets before the first END are dropped, unless SLIP_ACCEPT_UNOPENED
 * - ESC followed by anything but ESC_END or ESC_ESC (END included) discards its frame; the END ends
 *   it
 * - a frame longer than the caller's buffer is discarded to its END
 *
 * Each is counted under its own name, and the same whatever pieces the input comes in. A frame with
 * several faults is counted once, under the first. Every frame that began is in exactly one of
 * frames, bad_escape, overlong, unfinished, or is still being read. What is sent has an END before
 * and after each frame.
 *
 * Pointers must not be NULL, except to 0 octets. A struct belongs to one thread at a time;
 * different structs are independent. Any octets in any order are safe to read: no octet beyond what
 * was given is read or written. All of an output buffer may be used as scratch, beyond what is
 * reported, too. Functions that return long give a count, or a negative enum slip_error: the only
 * thing that can fail is want of room.
 *
 * An example: reads SLIP from stdin, in whatever pieces it comes, and prints the frames; fails
 * where the input ends within one (docs/examples/slip_example.c):
 *
 *     #include <slip.h>
 *     #include <stdio.h>
 *     #include <unistd.h>
 *
 *     static void print(const uint8_t *frame, size_t length)
 *     {
 *             for (size_t i = 0; i < length; i++)
 *                     printf("%02x", frame[i]);
 *             puts("");
 *     }
 *
 *     int main(void)
 *     {
 *             uint8_t in[4096], frame[2047];
 *             struct slip_decoder decoder;
 *             enum slip_event event;
 *             ssize_t n;
 *
 *             slip_decoder_init(&decoder, frame, sizeof frame, 0);
 *             while ((n = read(STDIN_FILENO, in, sizeof in)) > 0)
 *                     for (size_t used = 0; used < (size_t)n;) {
 *                             used += slip_decode(&decoder, in + used, (size_t)n - used, &event);
 *                             if (event == SLIP_FRAME)
 *                                     print(frame, decoder.length);
 *                     }
 *             return slip_decoder_finish(&decoder) > 0;
 *     } */
#ifndef SLIP_H
#define SLIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#define SLIP_API __attribute__((visibility("default")))
#else
#define SLIP_API
#endif

#define SLIP_VERSION_MAJOR 0
#define SLIP_VERSION_MINOR 1
#define SLIP_VERSION_PATCH 0
#define SLIP_VERSION       "0.1.0"
SLIP_API const char *slip_version(void); /* of the library that is linked: its SLIP_VERSION */

enum slip_error {
	SLIP_OK = 0,
	SLIP_ESPACE = -1, /* the caller's buffer or list is too small */
};
SLIP_API const char *slip_strerror(int error); /* static text, never NULL */

#define SLIP_END     0xC0 /* RFC 1055: "END" (octal 300) */
#define SLIP_ESC     0xDB /* octal 333 */
#define SLIP_ESC_END 0xDC /* octal 334: follows ESC in place of an END in the data */
#define SLIP_ESC_ESC 0xDD /* octal 335: follows ESC in place of an ESC in the data */

/* The most octets that n octets of payload can take on the line, both ENDs included. */
#define SLIP_ENCODED_MAX(n) (2 * (size_t)(n) + 2)

/* --- decoding a stream, frame by frame --- */

/* Flag of slip_decoder_init: octets before the first END are a frame (senders that write no leading
 * END). */
#define SLIP_ACCEPT_UNOPENED 1u

enum slip_event {
	SLIP_MORE,  /* the input is used up, no frame has ended */
	SLIP_FRAME, /* decoder.frame, decoder.length: a whole frame, valid until the next call */
	SLIP_BAD_ESCAPE, /* a frame with a bad escape has been discarded; told at the octet after
	                    its ESC */
	SLIP_OVERLONG, /* a frame longer than the buffer has been discarded; told at the first octet
	                  too many */
	SLIP_BEFORE_FIRST_END, /* octets before the first END have been dropped; told at that END */
};

struct slip_counters {
	uint64_t octets;           /* read from the line */
	uint64_t frames;           /* delivered */
	uint64_t empty;            /* two ENDs with nothing between them (idle line, double END) */
	uint64_t bad_escape;       /* frames discarded */
	uint64_t overlong;         /* frames discarded */
	uint64_t before_first_end; /* octets dropped; counted as they are read */
	uint64_t unfinished;       /* frames discarded by slip_decoder_finish */
};

struct slip_decoder {
	uint8_t *frame; /* the caller's buffer */
	size_t length;  /* octets of the frame in it so far */
	size_t size;    /* of the buffer */
	unsigned flags;
	int state; /* private */
	struct slip_counters counters;
};

/* Waits for a first END, all counters 0. frame[0..size) stays the caller's and must outlive the
 * decoder; it may be exchanged (frame, size) whenever a frame has been delivered. A size of 0 makes
 * every frame overlong. The caller decides what the longest frame is: RFC 1055 recommends 1006
 * octets for IP, IEEE 802.15.4 has 127 or 2047. */
SLIP_API void slip_decoder_init(struct slip_decoder *d, uint8_t *frame, size_t size,
                                unsigned flags);

/* Reads from in[0..n) until a frame ends, is discarded, or the input is used up. Returns the octets
 * used, which is n with SLIP_MORE and at least 1 otherwise (n = 0: returns 0, SLIP_MORE). Call
 * again with the rest.
 *
 * In place: frame may be the input's own memory, at in or anywhere before it (frame <= in), since
 * no octet of the input is overwritten before it is read: the frame then lies at decoder.frame, and
 * the rest of the input is intact. */
SLIP_API size_t slip_decode(struct slip_decoder *d, const uint8_t *in, size_t n,
                            enum slip_event *event);

/* The input has ended (or the line was cut): a frame without its END is discarded and counted as
 * unfinished, unless it has been discarded and counted before. Returns the octets of it that were
 * held (an ESC whose second octet never came counts as one): 0 where no frame was under way. The
 * decoder then waits for a first END as after slip_decoder_init; counters stay. */
SLIP_API size_t slip_decoder_finish(struct slip_decoder *d);

/* --- decoding a whole buffer --- */

struct slip_frame {
	const uint8_t *octets;
	size_t length;
};

/* The most frames that n octets can hold: each takes an octet and an END, at the least. */
#define SLIP_FRAMES_MAX(n) ((size_t)(n) / 2)

/* Decodes all of in[0..n), a buffer that begins and ends with whole frames (a file, a datagram), to
 * out[0..size), frame after frame without gaps, and lists them in frames[0..max). Returns the
 * frames decoded; those beyond max are in out but in no list. A size of n and a max of
 * SLIP_FRAMES_MAX(n) are always enough; a frame that does not fit what is left of out is overlong.
 * out may be in itself (in place). flags are slip_decoder_init's. counters, if not NULL, are
 * set. */
SLIP_API size_t slip_decode_buffer(uint8_t *out, size_t size, const uint8_t *in, size_t n,
                                   unsigned flags, struct slip_frame *frames, size_t max,
                                   struct slip_counters *counters);

/* --- encoding a whole frame --- */

/* Octets that slip_encode writes for in[0..n): END, the escaped payload, END. */
SLIP_API size_t slip_encoded_size(const uint8_t *in, size_t n);

/* Writes END, the escaped payload, END to out[0..size). Returns the octets written, or SLIP_ESPACE
 * (nothing useful is then in out; SLIP_ENCODED_MAX(n) is always enough). in and out must not
 * overlap. */
SLIP_API long slip_encode(uint8_t *out, size_t size, const uint8_t *in, size_t n);

/* --- encoding a frame without copying it: pieces for writev(2) --- */

struct slip_piece {
	const uint8_t *octets; /* into the payload, or static; never to be freed */
	size_t length;         /* at least 1 */
};

/* The most pieces that n octets of payload can need, both ENDs included. */
#define SLIP_PIECES_MAX(n) ((size_t)(n) + 2)

/* Lists in pieces[0..max) what slip_encode would write: their concatenation is the frame on the
 * line. They point into in[0..n), which must stay as it is while they are used. Returns the pieces,
 * or SLIP_ESPACE where max is too small. */
SLIP_API long slip_encode_pieces(struct slip_piece *pieces, size_t max, const uint8_t *in,
                                 size_t n);

/* --- encoding a frame that comes in pieces, or goes to a small buffer --- */

struct slip_encoder {
	int state; /* private */
};

/* Ready for a new frame; whatever was begun is forgotten. */
SLIP_API void slip_encoder_init(struct slip_encoder *e);

/* Encodes payload from in[0..n) to out[0..size), with the opening END before the first. Returns the
 * octets of in that were used, which is n unless out is full, and sets *written. Call again with
 * the rest and room. Any size makes progress, 1 too: an escape may be split. in and out must not
 * overlap. */
SLIP_API size_t slip_encoder_push(struct slip_encoder *e, uint8_t *out, size_t size,
                                  size_t *written, const uint8_t *in, size_t n);

/* Ends the frame: writes what is pending and the closing END (both ENDs where nothing was pushed).
 * Returns true, and the encoder is ready for a new frame; or false where out is full: call again
 * with room. Sets *written either way. 3 octets are always enough. */
SLIP_API bool slip_encoder_end(struct slip_encoder *e, uint8_t *out, size_t size, size_t *written);

#ifdef __cplusplus
}
#endif
#endif
