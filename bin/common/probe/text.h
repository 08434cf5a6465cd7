/* text.h - tells what a mote prints on its line (boot banners, logs, asserts) and other things that
 * are no radio frames from those that are, by the octets between two ENDs. Keeps no state, never
 * allocates; only probe_text_show writes, to the log.
 *
 * Text: printable ASCII, TAB, CR, LF, ESC and nothing else, 4 octets or more. A frame that happens
 * to look so is left out. One of version 0 or 1 with a destination and a source never does, since
 * its second octet is 0x80 or more (`41 88`, `61 dc`). Of those that begin with two octets of text
 * (a secured Enhanced ACK, `0a 22` or `0a 2a`; a multipurpose frame, `0d 40`) one with n further
 * octets does with a chance of 0.39^n where these are random: of 11, which the shortest secured
 * ACK has, one in 30 000.
 * Text and a frame: text up to a line's end (LF), then what parses as a frame, as from senders that
 * write no END before a frame. Of a frame that is taken for that, 4 octets of text and a LF are the
 * beginning, it does not parse itself and the rest does; or 16 and a LF where it parses, or begins
 * with 0x0a or 0x0d: one in 10^8 of those that begin with two octets of text.
 * Nearly text: 16 octets or more (32 of what begins with 0x0a or 0x0d), 7 of 8 are text, and they
 * do not parse as a frame: one in 10^7 of those whose octets are random. What has a right FCS is a
 * frame always. */
#ifndef PROBE_TEXT_H
#define PROBE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum probe_text_kind {
	PROBE_TEXT_NONE,   /* a frame, or what nobody can tell from one */
	PROBE_TEXT_ALL,    /* text */
	PROBE_TEXT_BEFORE, /* text, then a frame */
	PROBE_TEXT_OTHER,  /* slipmux: a CoAP message, an IP packet */
};

struct probe_text {
	enum probe_text_kind kind;
	size_t length;    /* octets of text at the beginning; 0 where there is none */
	const char *what; /* PROBE_TEXT_OTHER: "a CoAP message"; static */
};

/* What octets[0..length) are. Of PROBE_TEXT_OTHER: 0xa9 and CoAP's version, 0x45 or 0x60 and an IP
 * length that fits exactly, where the MAC header does not parse (slipmux,
 * draft-bormann-t2trg-slipmux). */
struct probe_text probe_text_sort(const uint8_t *octets, size_t length);
/* What takes little time, and is so of most frames: probe_text_sort would say PROBE_TEXT_NONE. */
bool probe_text_is_clearly_none(const uint8_t *octets, size_t length);

/* Whether each octet is one of text; true where there is none. */
bool probe_text_only(const uint8_t *octets, size_t length);

/* The first line with anything in it from octets[*at..length) on, without its line's end and
 * what blanks and marks (0x0d, 0x0a) stand before it; *at goes behind it. False: there is none. */
bool probe_text_line(const uint8_t *octets, size_t length, size_t *at, const uint8_t **line,
                     size_t *line_length);

/* Whether a mote says so that it has begun anew. */
bool probe_text_tells_boot(const uint8_t *octets, size_t length);

/* "name: mote: ..." at -v, a line each, control characters escaped. */
void probe_text_show(const char *name, const uint8_t *octets, size_t length);

#endif
