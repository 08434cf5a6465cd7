/* hdlc.h - HDLC-lite framing as spinel has it: flags between frames, octets escaped, an FCS-16 (RFC
 * 1662, C.2) at the end. Never does I/O, never allocates, keeps no state outside the caller's
 * structs and buffers.
 *
 * Rules: one flag or many between frames; what stands before the first flag is a frame as well, if
 * its FCS is right; an escape before a flag discards its frame (RFC 1662, 4.3); a frame longer than
 * the caller's buffer is discarded to its flag. Each is counted, and the same whatever pieces the
 * input comes in. */
#ifndef HDLC_H
#define HDLC_H

#include <stddef.h>
#include <stdint.h>

enum { HDLC_FLAG = 0x7e, HDLC_ESCAPE = 0x7d, HDLC_FLIP = 0x20, HDLC_FCS_SIZE = 2 };

/* The most octets that n octets of payload can take on the line. */
#define HDLC_ENCODED_MAX(n) (2 * ((size_t)(n) + HDLC_FCS_SIZE) + 2)

enum hdlc_event {
	HDLC_MORE,     /* the input is used up, no frame has ended */
	HDLC_FRAME,    /* frame, length: a frame without its FCS, valid until the next call */
	HDLC_BAD_FCS,  /* the same with all octets: they are no frame */
	HDLC_ABORTED,  /* a frame has been discarded at an escape before a flag */
	HDLC_OVERLONG, /* a frame has been discarded; told at the first octet too many */
};

struct hdlc_counters {
	uint64_t octets; /* read from the line */
	uint64_t frames;
	uint64_t bad_fcs, aborted, overlong, unfinished; /* frames discarded */
};

struct hdlc_decoder {
	uint8_t *frame; /* the caller's buffer */
	size_t length, size;
	int state; /* private */
	uint16_t fcs;
	struct hdlc_counters counters;
};

/* frame[0..size) stays the caller's and must outlive the decoder; it holds a frame and its FCS. */
void hdlc_decoder_init(struct hdlc_decoder *d, uint8_t *frame, size_t size);

/* Reads from in[0..n) until a frame ends, is discarded, or the input is used up. Returns the octets
 * used, which is n with HDLC_MORE and at least 1 otherwise. */
size_t hdlc_decode(struct hdlc_decoder *d, const uint8_t *in, size_t n, enum hdlc_event *event);

/* The input has ended: a frame without its flag is discarded, and counted as unfinished. Returns
 * the octets of it that were held. */
size_t hdlc_decoder_finish(struct hdlc_decoder *d);

/* FCS-16 of RFC 1662: on the line its low octet comes first. */
uint16_t hdlc_fcs(const uint8_t *octets, size_t length);

/* Writes flag, escaped payload and FCS, flag to out[0..size). Returns the octets written; 0: no
 * room (HDLC_ENCODED_MAX(n) is always enough). in and out must not overlap. */
size_t hdlc_encode(uint8_t *out, size_t size, const uint8_t *in, size_t n);

#endif
