/* recognise.h - what a stream of octets is, by its beginning: the language of a probe's firmware,
 * text, a capture, or noise as a wrong speed makes it. Pure: no state, no I/O, never allocates. */
#ifndef RECOGNISE_H
#define RECOGNISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum line_language {
	LINE_UNKNOWN, /* too little to tell */
	LINE_SLIP,    /* frames that check: a right FCS, or a MAC header that parses */
	LINE_HDLC,    /* frames with a right FCS, as spinel has them */
	LINE_SENSNIFF,
	LINE_NRF_SNIFFER,
	LINE_TEXT, /* and nothing else: ASCII, UTF-8 or UTF-16 */
	LINE_NOISE,
	LINE_PCAP,
	LINE_PCAPNG,
	LINE_COMPRESSED,
};

enum { RECOGNISE_ENOUGH = 4096 }; /* octets, of which more tell nothing more */

struct recognised {
	enum line_language language;
	/* between two ENDs of SLIP: with a right FCS; else with a header that parses, addresses in
	 * it; neither */
	unsigned sure, checked, wrong;
};

struct recognised recognise(const uint8_t *octets, size_t n);
/* The same for a file: what a probe has said may stand behind more text or noise than that. */
struct recognised recognise_file(const uint8_t *octets, size_t n);

/* Whether more octets may show a capture where there are too few to tell now. */
bool recognise_may_be_capture(const uint8_t *octets, size_t n);

/* Whether octets before the first END are a frame, and not the rest of one: a right FCS, or a
 * header of version 0 or 1 that parses, with addresses (the rest of a frame does with a chance of
 * one in fifty), or an immediate acknowledgment. */
bool recognise_begins_line(const uint8_t *octets, size_t n);

/* "a pcap capture", "text", ...: static. */
const char *recognise_name(enum line_language language);
/* What --firmware is called that reads it; NULL: none does. */
const char *recognise_firmware(enum line_language language);
/* What is read with it. */
enum line_language recognise_language_of(const char *firmware);

#endif
