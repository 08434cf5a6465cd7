/* frame.h - IEEE 802.15.4 MAC frames (versions 2003, 2006 and 2015): parse, build, FCS, TAP pseudo-header, text.
 * Never does I/O, never allocates, never prints, keeps no globals, never reads past the length it was given.
 *
 * A parsed frame is a view: offsets into the caller's octets, which must outlive it. */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FRAME_MAX 127      /* aMaxPhyPacketSize with the FCS; 2015 PHYs (SUN) go to 2047 */
#define FRAME_OCTETS_MAX 65535 /* the longest input: spans are 16 bits */
#define FRAME_FCS16_SIZE 2

enum frame_type { FRAME_BEACON, FRAME_DATA, FRAME_ACK, FRAME_COMMAND, FRAME_RESERVED, FRAME_MULTIPURPOSE, FRAME_FRAGMENT, FRAME_EXTENDED };
enum frame_address_mode { FRAME_ADDRESS_NONE, FRAME_ADDRESS_RESERVED, FRAME_ADDRESS_SHORT, FRAME_ADDRESS_EXTENDED };

struct frame_address {
	uint8_t mode;    /* enum frame_address_mode */
	bool has_pan;
	uint16_t pan;
	uint64_t value;  /* short: 16 bits; extended: as shown, first octet most significant (the air has it reversed) */
};

struct frame_security {   /* 9.4: auxiliary security header */
	uint8_t level;           /* 0..7: MIC length 0, 4, 8, 16 by level & 3; encrypted if level & 4 */
	uint8_t key_id_mode;     /* 0..3 */
	bool counter_suppressed; /* version 2 only */
	bool asn_in_nonce;       /* version 2 only */
	uint32_t counter;
	uint64_t key_source;     /* 4 or 8 octets by key_id_mode 2 or 3 */
	uint8_t key_index;       /* key_id_mode 1..3 */
};

/* Information elements that end a list (7.4.2.18, 7.4.2.19, 7.4.3.4). */
enum { FRAME_IE_HT1 = 0x7e, FRAME_IE_HT2 = 0x7f, FRAME_IE_TERMINATION = 0xf };

struct frame_span { uint16_t offset, length; }; /* into the octets that were parsed */

struct frame_fault {
	int error;           /* enum frame_error */
	uint16_t offset;     /* of the octet (or the first octet of the field) that is wrong or missing */
	const char *clause;  /* static text: the clause of IEEE Std 802.15.4-2020 that is broken, NULL without an error */
};

struct frame {
	uint8_t type, version;
	bool security_enabled, pending, ack_request, pan_id_compression, has_sequence, has_ies;
	bool long_fcf;  /* multipurpose */
	uint8_t sequence;
	struct frame_address destination, source;
	struct frame_security security; /* zero unless security_enabled */
	struct frame_span header;       /* MHR: from the FCF up to what follows the header IEs' termination */
	struct frame_span header_ies, payload_ies; /* with their terminations; zero length where there are none */
	struct frame_span payload;      /* MAC payload after the payload IEs, without MIC; may be encrypted */
	struct frame_span mic;
	struct frame_fault fault;       /* the first fault met; its error is FRAME_OK where there is none */
};

enum frame_error {
	FRAME_OK = 0,
	FRAME_ETRUNCATED = -1,    /* ends inside a field */
	FRAME_EVERSION = -2,      /* frame version 3 is reserved */
	FRAME_EADDRESS = -3,      /* address mode 1 is reserved */
	FRAME_EPAN = -4,          /* PAN ID compression without two addresses in version 0 or 1 */
	FRAME_ETYPE = -5,         /* frame type 4 is reserved */
	FRAME_EIE = -6,           /* an IE runs past the frame or has the wrong type bit */
	FRAME_ESPACE = -7,        /* building: the buffer is too small */
	FRAME_EFIELD = -8,        /* building: a field does not fit the others */
	FRAME_ESECURITY = -9,     /* version 0 with security: the suites of 2003, which have no auxiliary security header */
	FRAME_ELENGTH = -10,      /* longer than FRAME_OCTETS_MAX */
	FRAME_ERESERVED = -11,    /* FRAME_STRICT only: a reserved field is not zero */
	FRAME_ETAP = -12,         /* the TAP pseudo-header contradicts itself */
};

const char *frame_strerror(int error);         /* static text, never NULL */
const char *frame_type_name(unsigned type);    /* "Beacon", "Data", "Ack", "Command", ... never NULL */

/* Parses octets[0..length), which hold no FCS. Returns 0 or a negative frame_error; then f holds all that could be read
 * before the fault, and f->fault says where it is and by which clause.
 * Reads as a receiver must: reserved fields are ignored. Fragment and extended frames are kept opaque: header is empty and
 * payload is the whole frame. Payload IEs of an encrypted frame cannot be told from its payload: they are left in payload. */
int frame_parse(struct frame *f, const uint8_t *octets, size_t length);

/* The same with another reading.
 * FRAME_STRICT: what a sender shall not send is a fault too: reserved bits, suppressed sequence numbers or IEs in version 0 and 1.
 * FRAME_LENIENT: goes on after a fault wherever what follows can be told; what cannot be told is in payload. The first fault
 * is returned. */
enum frame_reading { FRAME_RECEIVER, FRAME_STRICT, FRAME_LENIENT };
int frame_read(struct frame *f, const uint8_t *octets, size_t length, enum frame_reading reading);

/* Writes the MAC header that f describes (with aux security and, from ies[0..ies_length), the IEs as they are on the air).
 * Returns the octets written or a negative frame_error. */
int frame_build_header(uint8_t *out, size_t size, const struct frame *f, const uint8_t *ies, size_t ies_length);

/* FCS-16 of 7.2.11: ITU-T CRC-16, reflected, initial 0, no final xor. On the air: low octet first. */
uint16_t frame_fcs16(const uint8_t *octets, size_t length);
/* octets end in their FCS-16: true if it is right. False for length < 2. */
bool frame_fcs16_ok(const uint8_t *octets, size_t length);

/* One readable line without newline, NUL-terminated, for octets[0..length) without FCS: also for frames that do not parse
 * (says why). Returns the characters written (without NUL), cut to size - 1. */
size_t frame_line(char *out, size_t size, const uint8_t *octets, size_t length);

/* Link type 283 (IEEE802_15_4_TAP): header and TLVs before a frame. */
enum frame_tap_fcs { FRAME_TAP_FCS_NONE, FRAME_TAP_FCS16, FRAME_TAP_FCS32 };
struct frame_tap {
	uint8_t fcs_type;   /* enum frame_tap_fcs */
	bool has_rss, has_channel, has_lqi;
	float rss;          /* dBm */
	uint16_t channel;
	uint8_t page;
	uint8_t lqi;
};
#define FRAME_TAP_MAX 36 /* octets that frame_tap_write can write */
size_t frame_tap_write(uint8_t out[FRAME_TAP_MAX], const struct frame_tap *tap);
/* Returns the length of the pseudo-header (the frame follows it) or a negative frame_error. Unknown TLVs are passed over. */
int frame_tap_read(struct frame_tap *tap, const uint8_t *octets, size_t length);

#ifdef __cplusplus
}
#endif
#endif
