/* air.h - what is known of each source on the air: frames, gaps in its sequence numbers,
 * duplicates, signal. A table of fixed size: where it is full, the source that was heard longest
 * ago gives way and is counted. One thread notes, others may read the counts while it does.
 *
 * A source is its address: extended, or short within its PAN (the destination's where PAN ID
 * compression leaves out the source's). Sequence numbers run by themselves for beacons (macBsn) and
 * for the rest (macDsn, IEEE Std 802.15.4-2020, 8.4.3.1). One that is the last again is a
 * duplicate: the sender heard no acknowledgment. One that is up to 127 ahead has left out those
 * between; one further on, or after a minute of silence, says nothing (the source has started anew,
 * or too much may have passed). What is only heard is no proof: a gap may be frames that were sent
 * and not heard here. Acknowledgments have no source, and enhanced ones a sequence number of
 * another's: neither is noted. A frame whose FCS is wrong is counted where its source is known
 * already, else in air_unknown_bad: it may be anybody's. */
#ifndef AIR_H
#define AIR_H

#include <stdbool.h>

#include "packet/packet.h"

enum { AIR_SOURCES_MAX = 512 };

struct air;

struct air_source {
	uint64_t address; /* as struct frame_address has it */
	uint16_t pan;
	bool is_extended, has_pan; /* extended: pan is the last one heard with it */
	bool has_rssi, has_lqi;
	int8_t rssi; /* dBm, of the last frame that had one */
	uint8_t lqi;
	uint64_t frames; /* with a right FCS, or none */
	uint64_t missing, duplicates, bad_fcs, secured;
	int64_t first_ns, last_ns; /* heard */
};

/* What was heard on a channel, of whomever. A channel keeps its place. The first place is that of
 * frames whose channel is not known, the last that of all channels that have no place any more. */
enum { AIR_CHANNELS = 48, AIR_CHANNEL_UNKNOWN = 0, AIR_CHANNEL_OTHERS = AIR_CHANNELS - 1 };
struct air_channel {
	uint16_t number;
	uint8_t page;
	uint64_t frames, bad_fcs;
	/* On the air, at the 250 kbit/s of O-QPSK (32 us an octet): synchronisation header, length,
	 * frame and FCS. Of the channels 11 to 26 of page 0, and of those that are not known; how
	 * fast others are nobody says: 0. */
	uint64_t airtime_ns;
};

/* NULL: no memory. */
struct air *air_new(void);
/* What is noted of a from now on is noted of all, too, which outlives it: of several listeners
 * together. */
void air_belongs_to(struct air *a, struct air *all);
/* A packet of link type WITHFCS, NOFCS or TAP; others are passed over. */
void air_note(struct air *a, const struct envelope_packet *p);
/* The sources with most frames, in that order, into out[0..n): how many there are. */
unsigned air_busiest(const struct air *a, struct air_source *out, unsigned n);
/* Of every channel; those that are not heard have no frames. */
void air_channels(const struct air *a, struct air_channel out[AIR_CHANNELS]);
/* Whether its airtime is known. */
bool air_has_rate(const struct air_channel *c, unsigned place);
/* Of one address, and, where it is short, in one PAN. */
bool air_is_same(const struct air_source *a, const struct air_source *b);
unsigned air_count(const struct air *a);       /* sources in the table */
uint64_t air_given_way(const struct air *a);   /* sources that were in it before */
uint64_t air_unknown_bad(const struct air *a); /* frames with a wrong FCS of nobody known */
void air_free(struct air *a);

/* "0x1a2b in 0xabcd" or "00124b0001020304": NUL-terminated, at most 24 octets. */
size_t air_name(char *out, size_t size, const struct air_source *s);

#endif
