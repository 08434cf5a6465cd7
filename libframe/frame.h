/* frame.h - IEEE 802.15.4 MAC frames (versions 2003, 2006 and 2015): parse, build, FCS, TAP
 * pseudo-header, text. Never does I/O, never allocates, never prints, keeps no globals, never reads
 * past the length it was given.
 *
 * Clauses are those of IEEE Std 802.15.4-2020, unless another document is named.
 *
 * A parsed frame is a view: what has no fixed size is a span (offset and length) into the caller's
 * octets, which must outlive it. Builders take such a struct and the octets that its spans point
 * into, so that what was parsed can be changed and built again; out must not overlap those octets.
 *
 * Functions that return int give 0 or a count, or a negative enum frame_error. A `fault` argument
 * may be NULL; else it is set whatever the outcome. Every function may be called from several
 * threads at once. Other pointers must not be NULL, except for octets of length 0.
 *
 * An example: prints one line for a frame that is given in hex, then its acknowledgment
 * (docs/examples/frame_example.c):
 *
 *     #include <frame.h>
 *     #include <stdio.h>
 *     #include <stdlib.h>
 *
 *     int main(int argc, char **argv)
 *     {
 *             uint8_t octets[FRAME_MAX], answer[FRAME_MAX];
 *             struct frame_fault fault;
 *             struct frame frame, ack;
 *             char line[256];
 *             size_t n = 0;
 *             int length;
 *
 *             while ((int)n + 1 < argc && n < sizeof octets) {
 *                     octets[n] = (uint8_t)strtoul(argv[n + 1], NULL, 16);
 *                     n++;
 *             }
 *             frame_line(line, sizeof line, octets, n);
 *             puts(line);
 *             if (frame_parse(&frame, octets, n, FRAME_RECEIVER, &fault) < 0) {
 *                     fprintf(stderr, "octet %zu: %s\n", fault.offset, fault.field);
 *                     return 1;
 *             }
 *             frame_make_ack(&ack, &frame, false);
 *             length = frame_build(answer, sizeof answer, &ack, NULL);
 *             for (int i = 0; i < length; i++)
 *                     printf("%02x%s", answer[i], i + 1 < length ? " " : "\n");
 *             return length < 0;
 *     } */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#define FRAME_API __attribute__((visibility("default")))
#else
#define FRAME_API
#endif

#define FRAME_VERSION_MAJOR 0
#define FRAME_VERSION_MINOR 1
#define FRAME_VERSION_PATCH 0
#define FRAME_VERSION       "0.1.0"
FRAME_API const char *frame_version(void); /* of the library that is linked: its FRAME_VERSION */

#define FRAME_MAX        127   /* aMaxPhyPacketSize with the FCS; 2015 PHYs (SUN) go to 2047 */
#define FRAME_OCTETS_MAX 65535 /* the longest input: spans are 16 bits; more is FRAME_ELENGTH */
#define FRAME_FCS16_SIZE 2
#define FRAME_FCS32_SIZE 4

/* --- errors --- */

enum frame_error {
	FRAME_OK = 0,
	FRAME_ETRUNCATED = -1, /* ends inside a field */
	FRAME_EVERSION = -2,   /* frame version 3 is reserved */
	FRAME_EADDRESS = -3,   /* address mode 1 is reserved */
	FRAME_EPAN = -4,       /* PAN ID compression without two addresses in version 0 or 1 */
	FRAME_ETYPE = -5,      /* frame type 4 is reserved */
	FRAME_EIE = -6,        /* an IE runs past the frame or has the wrong type bit */
	FRAME_ESPACE = -7,     /* building: the buffer is too small */
	FRAME_EFIELD = -8,     /* building: a field does not fit the others */
	FRAME_ESECURITY = -9,  /* version 0 with security: the suites of 2003, without auxiliary
	                          security header */
	FRAME_ELENGTH = -10,   /* longer than FRAME_OCTETS_MAX */
	FRAME_ERESERVED = -11, /* FRAME_STRICT only: a reserved field is not zero */
	FRAME_ETAP = -12,      /* the TAP pseudo-header contradicts itself */
	FRAME_EMIC = -13,      /* libframe-ccm: the message integrity code is wrong */
};

/* Where and why an input is at fault. */
struct frame_fault {
	int error;     /* enum frame_error */
	size_t offset; /* from the input's start: the octet (or the first octet of the field) that
	                  is wrong or missing */
	const char *field; /* static text: the field, behind the clause that it breaks ("7.2.3
	                      Sequence Number field"); "" without an error */
};

FRAME_API const char *frame_strerror(int error); /* static text, never NULL */

/* --- the MAC header (7.2) --- */

enum frame_type {
	FRAME_BEACON,
	FRAME_DATA,
	FRAME_ACK,
	FRAME_COMMAND,
	FRAME_RESERVED,
	FRAME_MULTIPURPOSE,
	FRAME_FRAGMENT,
	FRAME_EXTENDED
};
enum frame_address_mode {
	FRAME_ADDRESS_NONE,
	FRAME_ADDRESS_RESERVED,
	FRAME_ADDRESS_SHORT,
	FRAME_ADDRESS_EXTENDED
};

struct frame_address {
	uint8_t mode; /* enum frame_address_mode */
	bool has_pan;
	uint16_t pan;
	uint64_t value; /* short: 16 bits; extended: as shown, its first octet most significant
	                   (reversed on air) */
};

struct frame_security { /* 9.4: auxiliary security header */
	uint8_t level; /* 0..7: MIC length 0, 4, 8, 16 by level & 3; encrypted if level & 4; 4: 2006
	                  only */
	uint8_t key_id_mode;     /* 0..3 */
	bool counter_suppressed; /* version 2 and multipurpose only */
	bool asn_in_nonce;       /* version 2 and multipurpose only */
	uint32_t counter;
	uint64_t key_source; /* 4 or 8 octets by key_id_mode 2 or 3 */
	uint8_t key_index;   /* key_id_mode 1..3 */
	bool was_parsed;     /* the whole header was there; building does not look at it */
};

struct frame_span {
	uint16_t offset, length;
}; /* into the octets that were parsed */

struct frame {
	uint8_t type, version;
	bool security_enabled, pending, ack_request, pan_id_compression, has_sequence, has_ies;
	bool long_fcf; /* multipurpose */
	uint8_t sequence;
	struct frame_address destination, source;
	struct frame_security security; /* zero unless security_enabled */
	struct frame_span
		header; /* MHR: from the FCF up to what follows the header IEs' termination */
	struct frame_span header_ies,
		payload_ies; /* with their terminations; zero length where there are none */
	struct frame_span
		payload; /* MAC payload after the payload IEs, without MIC; may be encrypted */
	struct frame_span mic;
	bool decrypted; /* the level says encrypted, and payload is in clear all the same:
	                   frame_ccm_decrypt sets it */
	int error;      /* what frame_parse returned */
};

/* "Beacon", "Data", "Ack", "Command", ...; never NULL */
FRAME_API const char *frame_type_name(unsigned type);

/* How frame_parse treats what a sender shall not send.
 * FRAME_RECEIVER: as a receiver must: reserved fields are ignored.
 * FRAME_STRICT: it is a fault too: reserved bits, the bits of version 2 in versions 0 and 1, and
 * what frame_check finds. A frame that passes is what frame_build makes of f, octet by octet.
 * FRAME_LENIENT: as FRAME_RECEIVER, and goes on after a fault wherever what follows can be told;
 * what cannot be told is in payload. The first fault is returned. */
enum frame_reading { FRAME_RECEIVER, FRAME_STRICT, FRAME_LENIENT };

/* Parses octets[0..length), which hold no FCS. Returns 0 or a negative frame_error; then f holds
 * all that could be parsed before the fault. A field that was not parsed is not there:
 * has_sequence, has_pan and the address modes are false then. Fragment and extended frames (7.3.6,
 * 7.3.7) are kept opaque: header is empty and payload is the whole frame. An empty frame has the
 * type FRAME_RESERVED, since it has none. Payload IEs of an
 * encrypted frame cannot be told from its payload: they are left in payload. Versions 0 and 1 have
 * no IEs, whatever bit 9 says. */
FRAME_API int frame_parse(struct frame *f, const uint8_t *octets, size_t length,
                          enum frame_reading reading, struct frame_fault *fault);

/* What frame_parse does not look at, of a frame that it has parsed without a fault: the fields of a
 * beacon of version 0 or 1 and of a command that must be there, the lengths of IEs whose form the
 * standard gives, and lists of nested ones. Of an encrypted payload: that it has room for them.
 * Returns 0 or a negative frame_error; fault->offset is from the frame's start. */
FRAME_API int frame_check(const struct frame *f, const uint8_t *octets, struct frame_fault *fault);

/* Every fault of a frame, not the first alone, in the order in which they are found: what
 * frame_parse finds with FRAME_LENIENT, what only FRAME_STRICT calls one, and what frame_check
 * finds. The first `size` of them go into faults[]. Returns how many there are. */
FRAME_API size_t frame_faults(struct frame_fault *faults, size_t size, const uint8_t *octets,
                              size_t length);

/* After the payload of an encrypted frame has been decrypted in place: moves its payload IEs, if
 * header IEs announced any, from f->payload to f->payload_ies. Returns 0 or FRAME_EIE. */
FRAME_API int frame_parse_payload_ies(struct frame *f, const uint8_t *octets,
                                      struct frame_fault *fault);

/* Writes the MAC header that f describes (with aux security and, from ies[0..ies_length), the IEs
 * as they are on the air). The fields must fit each other: has_pan as 7.2.2.6 wants it for the
 * modes and pan_id_compression (frame_set_pan_ids does that), no value in a field that is not sent.
 * f's spans are not looked at. Returns the octets written or a negative frame_error. */
FRAME_API int frame_build_header(uint8_t *out, size_t size, const struct frame *f,
                                 const uint8_t *ies, size_t ies_length);

/* Writes the whole frame without FCS: header, header IEs, payload IEs, payload and MIC, the last
 * four copied from where f's spans point into octets. The inverse of frame_parse. Returns the
 * octets written or a negative frame_error. */
FRAME_API int frame_build(uint8_t *out, size_t size, const struct frame *f, const uint8_t *octets);

/* Sets has_pan, pan and pan_id_compression of f, whose type, version and address modes are set, for
 * these PAN IDs: the source's is left out where 7.2.2.6 allows it. In version 2 with two extended
 * addresses one PAN ID serves both: FRAME_EFIELD if they differ. */
FRAME_API int frame_set_pan_ids(struct frame *f, uint16_t destination, uint16_t source);

/* Makes ack the acknowledgment of f (7.3.3): an Imm-Ack for versions 0 and 1, an Enh-Ack to f's
 * source for version 2 and multipurpose frames, without security and IEs, which the caller may add.
 * It has a PAN ID where f has one. pending tells a polling device that data waits for it. */
FRAME_API void frame_make_ack(struct frame *ack, const struct frame *f, bool pending);

/* Adds f's destination as the source address of ack, an Enh-Ack that frame_make_ack has made of f.
 * FRAME_EFIELD, ack unchanged: an Imm-Ack, f has no destination, or these addresses need a PAN ID
 * (7.2.2.6, Table 7-2) and f has none. */
FRAME_API int frame_add_ack_source(struct frame *ack, const struct frame *f);

FRAME_API size_t frame_mic_length(unsigned security_level); /* 0, 4, 8 or 16 (9.4.2.2, Table 9-6) */
/* "none", "MIC-32", ... "ENC-MIC-128"; never NULL */
FRAME_API const char *frame_security_level_name(unsigned security_level);

/* --- beacons of versions 0 and 1 (7.3.1); those of version 2 have IEs instead --- */

#define FRAME_BEACON_LIST_MAX 7

struct frame_gts {
	uint16_t address;     /* short */
	uint8_t slot, length; /* 4 bits each */
	bool receive;         /* direction, seen from the device */
};

struct frame_beacon {
	uint8_t beacon_order, superframe_order, final_cap_slot; /* 4 bits each */
	bool battery_life_extension, pan_coordinator, association_permit;
	bool gts_permit;
	uint8_t gts_count, short_count, extended_count;
	struct frame_gts gts[FRAME_BEACON_LIST_MAX];
	uint16_t short_addresses[FRAME_BEACON_LIST_MAX];    /* pending */
	uint64_t extended_addresses[FRAME_BEACON_LIST_MAX]; /* pending */
	struct frame_span payload;                          /* beacon payload */
};

/* From a MAC payload. Returns the octets before the beacon payload, or a negative frame_error: then
 * b holds what was parsed before the fault. */
FRAME_API int frame_beacon_parse(struct frame_beacon *b, const uint8_t *octets, size_t length,
                                 struct frame_fault *fault);
/* Writes such a payload: the fields, then the beacon payload, which b->payload points to in octets.
 * Entries beyond the counts are not looked at. Returns the octets written or a negative
 * frame_error. */
FRAME_API int frame_beacon_build(uint8_t *out, size_t size, const struct frame_beacon *b,
                                 const uint8_t *octets);

/* What beacon payloads announce; the standard leaves them to the layers above. */
enum frame_network_kind {
	FRAME_NETWORK_UNKNOWN,
	FRAME_NETWORK_ZIGBEE,    /* protocol ID 0 */
	FRAME_NETWORK_ZIGBEE_IP, /* 2 */
	FRAME_NETWORK_THREAD,    /* 3 */
};
struct frame_network {
	uint8_t kind;           /* enum frame_network_kind; of UNKNOWN all else is zero */
	uint8_t version;        /* Zigbee: of the network layer; Thread */
	bool joining;           /* Zigbee IP, Thread: takes new devices */
	bool native;            /* Thread: a native commissioner is possible */
	bool takes_routers;     /* Zigbee, Zigbee IP: has room for them */
	bool takes_end_devices; /* Zigbee; Zigbee IP: hosts */
	uint8_t profile, depth; /* Zigbee: stack profile, hops to the coordinator */
	uint8_t update_id;      /* Zigbee */
	bool has_extended_pan;  /* Zigbee, Thread */
	uint64_t extended_pan;  /* as shown */
	struct frame_span name; /* Zigbee IP, Thread: network name, without the zeros behind it;
	                           octets from outside (frame_escape) */
};
/* octets: a beacon payload, to which n->name points. Never fails. */
FRAME_API void frame_network_parse(struct frame_network *n, const uint8_t *octets, size_t length);
FRAME_API const char *frame_network_name(unsigned kind); /* "Zigbee", ...; never NULL */

/* --- MAC commands (7.5) --- */

enum frame_command_id {
	FRAME_ASSOCIATION_REQUEST = 0x01,
	FRAME_ASSOCIATION_RESPONSE = 0x02,
	FRAME_DISASSOCIATION_NOTIFICATION = 0x03,
	FRAME_DATA_REQUEST = 0x04,
	FRAME_PAN_ID_CONFLICT_NOTIFICATION = 0x05,
	FRAME_ORPHAN_NOTIFICATION = 0x06,
	FRAME_BEACON_REQUEST = 0x07,
	FRAME_COORDINATOR_REALIGNMENT = 0x08,
	FRAME_GTS_REQUEST = 0x09,
	FRAME_TRLE_MANAGEMENT_REQUEST = 0x0a,
	FRAME_TRLE_MANAGEMENT_RESPONSE = 0x0b,
	FRAME_DSME_ASSOCIATION_REQUEST = 0x13,
	FRAME_DSME_ASSOCIATION_RESPONSE = 0x14,
	FRAME_DSME_GTS_REQUEST = 0x15,
	FRAME_DSME_GTS_RESPONSE = 0x16,
	FRAME_DSME_GTS_NOTIFY = 0x17,
	FRAME_DSME_INFORMATION_REQUEST = 0x18,
	FRAME_DSME_INFORMATION_RESPONSE = 0x19,
	FRAME_DSME_BEACON_ALLOCATION_NOTIFICATION = 0x1a,
	FRAME_DSME_BEACON_COLLISION_NOTIFICATION = 0x1b,
	FRAME_DSME_LINK_REPORT = 0x1c,
	FRAME_RIT_DATA_REQUEST = 0x20,
	FRAME_DBS_REQUEST = 0x21,
	FRAME_DBS_RESPONSE = 0x22,
	FRAME_RIT_DATA_RESPONSE = 0x23,
	FRAME_VENDOR_SPECIFIC_COMMAND = 0x24,
	FRAME_SRM_REQUEST = 0x25,
	FRAME_SRM_RESPONSE = 0x26,
	FRAME_SRM_REPORT = 0x27,
	FRAME_SRM_INFORMATION = 0x28,
};

enum frame_capability { /* Capability Information field, 7.5.2 */
	                FRAME_CAPABILITY_ALTERNATE_COORDINATOR = 0x01, /* until 2011 */
	                FRAME_CAPABILITY_FFD = 0x02,
	                FRAME_CAPABILITY_MAINS_POWER = 0x04,
	                FRAME_CAPABILITY_RECEIVER_ON = 0x08,
	                FRAME_CAPABILITY_FAST_ASSOCIATION = 0x10,
	                FRAME_CAPABILITY_SECURITY = 0x40,
	                FRAME_CAPABILITY_ALLOCATE_ADDRESS = 0x80,
};

struct frame_command {
	uint8_t id;           /* enum frame_command_id */
	uint8_t capability;   /* association request: enum frame_capability */
	uint8_t status;       /* association response: status; disassociation: reason */
	uint16_t address;     /* association response, realignment: the device's short address */
	uint16_t pan;         /* realignment */
	uint16_t coordinator; /* realignment: its short address */
	uint8_t channel;      /* realignment */
	bool has_page;        /* realignment: since 2006 */
	uint8_t page;
	uint8_t gts_length; /* GTS request: slots, 4 bits */
	bool gts_receive, gts_allocate;
	uint32_t vendor;           /* vendor specific: OUI or CID, 24 bits */
	struct frame_span content; /* what follows the fields above */
};

/* "Association Request", ... "Reserved"; never NULL */
FRAME_API const char *frame_command_name(unsigned id);
/* 7.5.3, Table 7-21: "successful", ... "reserved"; never NULL */
FRAME_API const char *frame_association_status_name(unsigned status);
/* 7.5.4, Table 7-22: "device leaves", ... "reserved"; never NULL */
FRAME_API const char *frame_disassociation_reason_name(unsigned reason);
/* From a MAC payload in clear. Returns the octets before content, or a negative frame_error: then c
 * holds what was parsed before the fault. */
FRAME_API int frame_command_parse(struct frame_command *c, const uint8_t *octets, size_t length,
                                  struct frame_fault *fault);
/* Writes such a payload: the identifier, the fields of that command (those of others are zero),
 * then the content, which c->content points to in octets. Returns the octets written or a negative
 * frame_error. */
FRAME_API int frame_command_build(uint8_t *out, size_t size, const struct frame_command *c,
                                  const uint8_t *octets);

/* --- information elements (7.4) --- */

enum frame_ie_kind {
	FRAME_IE_HEADER,       /* in struct frame's header_ies: element IDs (7.4.2.1, Table 7-7) */
	FRAME_IE_PAYLOAD,      /* in struct frame's payload_ies: group IDs (7.4.3.1) */
	FRAME_IE_NESTED,       /* in the content of a payload IE of group FRAME_IE_MLME: sub-IDs
	                        (7.4.4.1) */
	FRAME_IE_WISUN_NESTED, /* the same in a payload IE of group FRAME_IE_WISUN: sub-IDs of
	                        Wi-SUN, which long and short format count apart. Not built here */
};

enum frame_header_ie {
	FRAME_IE_VENDOR_HEADER = 0x00,
	FRAME_IE_CSL = 0x1a,
	FRAME_IE_RIT = 0x1b,
	FRAME_IE_DSME_PAN_DESCRIPTOR = 0x1c,
	FRAME_IE_RENDEZVOUS_TIME = 0x1d,
	FRAME_IE_TIME_CORRECTION = 0x1e,
	FRAME_IE_GLOBAL_TIME = 0x29,
	FRAME_IE_WISUN_HEADER = 0x2a,
	FRAME_IE_HT1 = 0x7e, /* Header Termination 1: payload IEs follow */
	FRAME_IE_HT2 = 0x7f, /* Header Termination 2: the payload follows */
};

enum frame_payload_ie {
	FRAME_IE_ESDU = 0x0,
	FRAME_IE_MLME = 0x1,
	FRAME_IE_VENDOR_PAYLOAD = 0x2,
	FRAME_IE_MPX = 0x3,
	FRAME_IE_WISUN = 0x4,
	FRAME_IE_IETF = 0x5,
	FRAME_IE_TERMINATION = 0xf,
};

enum frame_nested_ie {
	FRAME_IE_VENDOR_NESTED = 0x08,   /* long */
	FRAME_IE_CHANNEL_HOPPING = 0x09, /* long */
	FRAME_IE_TSCH_SYNCHRONIZATION = 0x1a,
	FRAME_IE_TSCH_SLOTFRAME_AND_LINK = 0x1b,
	FRAME_IE_TSCH_TIMESLOT = 0x1c,
	FRAME_IE_HOPPING_TIMING = 0x1d,
	FRAME_IE_ENHANCED_BEACON_FILTER = 0x1e,
};

struct frame_ie {
	uint8_t kind; /* enum frame_ie_kind */
	uint8_t id;
	bool long_format; /* nested: the long format has IDs below 0x10, the short one those from
	                     0x10 on */
	struct frame_span content; /* without the two octets of the IE's own header */
};

struct frame_ie_iterator {
	const uint8_t *octets;
	size_t at, end; /* private */
	uint8_t kind;
};

/* Walks the IEs of octets[list.offset ..) in their order, the termination included, and ends after
 * it. frame_ie_next returns 1 with *ie filled, 0 at the end, or FRAME_EIE (again at every further
 * call). */
FRAME_API void frame_ie_iterator_init(struct frame_ie_iterator *it, enum frame_ie_kind kind,
                                      const uint8_t *octets, struct frame_span list);
FRAME_API int frame_ie_next(struct frame_ie_iterator *it, struct frame_ie *ie,
                            struct frame_fault *fault);

/* "CSL", "TSCH Synchronization", ... "Reserved"; never NULL */
FRAME_API const char *frame_ie_name(enum frame_ie_kind kind, unsigned id);

/* The sub-ID that implementations give 6P in the IETF IE (Contiki-NG; tshark 4.0 knows no other).
 */
#define FRAME_SIXP_SUB_ID_USED 0xc9

/* What an IE says. An IE that is not known here, or a known one whose length is none of its
 * lengths, is FRAME_IE_FORM_OPAQUE. */
enum frame_ie_form {
	FRAME_IE_FORM_OPAQUE, /* rest */
	FRAME_IE_FORM_VENDOR, /* vendor, rest */
	FRAME_IE_FORM_CSL,
	FRAME_IE_FORM_RIT,
	FRAME_IE_FORM_RENDEZVOUS_TIME,
	FRAME_IE_FORM_TIME_CORRECTION,
	FRAME_IE_FORM_GLOBAL_TIME, /* global_time */
	FRAME_IE_FORM_MPX,         /* mpx, rest: the upper layer's frame or its fragment */
	FRAME_IE_FORM_SIXP,        /* sixp, rest: the other fields */
	FRAME_IE_FORM_TSCH_SYNCHRONIZATION,
	FRAME_IE_FORM_TSCH_SLOTFRAMES, /* slotframe_count, rest: the slotframes, for
	                                  frame_slotframe_next */
	FRAME_IE_FORM_TSCH_TIMESLOT,
	FRAME_IE_FORM_CHANNEL_HOPPING, /* hopping, rest: the sequence, 16 bits a channel (or what
	                                  page 9 or 10 has there) */
	FRAME_IE_FORM_ENHANCED_BEACON_FILTER,
};

struct frame_ie_value {
	uint8_t form; /* enum frame_ie_form */
	union {
		uint32_t vendor; /* OUI or CID, 24 bits */
		uint32_t global_time;
		uint8_t slotframe_count;
		struct {
			uint16_t phase, period; /* units of 10 symbols */
			bool has_rendezvous_time;
			uint16_t rendezvous_time;
		} csl;
		struct {
			uint8_t time_to_first_listen, repeat_count;
			uint16_t repeat_interval;
		} rit;
		struct {
			uint16_t rendezvous_time;
			bool has_wakeup_interval;
			uint16_t wakeup_interval;
		} rendezvous;
		struct {
			int16_t microseconds; /* -2048..2047 */
			bool nack;
		} time_correction;
		struct {
			uint8_t transfer_type;  /* 0 full, 1 full with a multiplex ID of 5 bits
			                           in the place of the transaction ID,
			                           2 fragment, 4 last fragment, 6 abort */
			uint8_t transaction_id; /* 5 bits; 0 with transfer type 1 */
			bool has_multiplex_id, has_total_size;
			uint16_t multiplex_id, total_size; /* multiplex ID 1: KMP */
			uint8_t fragment;
		} mpx; /* IEEE Std 802.15.9 */
		struct {
			uint8_t version, type; /* type: 0 request, 1 response, 2 confirmation */
			uint8_t code, sfid, sequence;
			uint8_t sub_id;   /* 0: RFC 8480's, 0x01; else FRAME_SIXP_SUB_ID_USED */
			uint8_t reserved; /* 2 bits, which a receiver ignores (RFC 8480 3.2.2) */
		} sixp;                   /* RFC 8480 */
		struct {
			uint64_t asn; /* 40 bits */
			uint8_t join_metric;
		} synchronization;
		struct {
			uint8_t id;
			bool has_template;
			bool wide; /* max_tx and timeslot_length take three octets, not two */
			uint16_t cca_offset, cca, tx_offset, rx_offset, rx_ack_delay,
				tx_ack_delay; /* microseconds */
			uint16_t rx_wait, ack_wait, rx_tx, max_ack;
			uint32_t max_tx, timeslot_length;
		} timeslot;
		struct {
			uint8_t sequence_id;
			bool has_sequence; /* the fields below and rest */
			uint8_t page;
			uint16_t channel_count;
			uint32_t phy_configuration;
			uint16_t current_hop; /* not for pages 9 and 10 */
		} hopping;
		struct {
			bool permit_join, has_lqi, has_percent;
			uint8_t lqi, percent;
			uint8_t attribute_octets; /* 0..3 */
			uint32_t attributes;
			uint8_t reserved; /* 3 bits, which a receiver ignores */
		} filter;
	};
	struct frame_span rest;
};

/* Parses the content of ie, which came from octets. Never fails: what cannot be parsed is
 * FRAME_IE_FORM_OPAQUE. */
FRAME_API void frame_ie_parse(struct frame_ie_value *v, const uint8_t *octets,
                              const struct frame_ie *ie);

/* Writes an IE: its header and the content that v describes, v->rest copied from octets. kind and
 * id as in struct frame_ie. Returns the octets written or a negative frame_error. */
FRAME_API int frame_ie_build(uint8_t *out, size_t size, enum frame_ie_kind kind, unsigned id,
                             const struct frame_ie_value *v, const uint8_t *octets);
/* The same with the content as it is on the air. Terminations have none. */
FRAME_API int frame_ie_build_raw(uint8_t *out, size_t size, enum frame_ie_kind kind, unsigned id,
                                 const uint8_t *content, size_t length);

struct frame_slotframe {
	uint8_t handle;
	uint16_t size;
	uint8_t link_count;
	struct frame_span links; /* five octets each, for frame_link_at */
};

enum frame_link_options {
	FRAME_LINK_TX = 0x01,
	FRAME_LINK_RX = 0x02,
	FRAME_LINK_SHARED = 0x04,
	FRAME_LINK_TIMEKEEPING = 0x08,
	FRAME_LINK_PRIORITY = 0x10,
};

struct frame_link {
	uint16_t timeslot, channel_offset;
	uint8_t options; /* enum frame_link_options */
};

/* Parses the first slotframe of rest (of FRAME_IE_FORM_TSCH_SLOTFRAMES) and moves rest behind it.
 * Returns 1, 0 when there are no more, or FRAME_EIE where the links run past the IE. */
FRAME_API int frame_slotframe_next(struct frame_slotframe *s, const uint8_t *octets,
                                   struct frame_span *rest);
/* The link at index; all zeros where index is not below link_count. */
FRAME_API void frame_link_at(struct frame_link *l, const uint8_t *octets,
                             const struct frame_slotframe *s, unsigned index);
/* Writes a slotframe with links[0..s->link_count), as rest has it for frame_ie_build; s->links is
 * not looked at. Returns the octets written or FRAME_ESPACE. */
FRAME_API int frame_slotframe_build(uint8_t *out, size_t size, const struct frame_slotframe *s,
                                    const struct frame_link *links);

/* What IEs carry for the layers above, by name; never NULL. */
/* MPX: "full", "fragment", ... (IEEE Std 802.15.9) */
FRAME_API const char *frame_mpx_transfer_name(unsigned transfer_type);
/* "KMP", "Wi-SUN", "6LoWPAN", ... */
FRAME_API const char *frame_mpx_multiplex_name(unsigned multiplex_id);
/* The first octet of a KMP's frame: "IEEE 802.1X", ... */
FRAME_API const char *frame_kmp_name(unsigned kmp_id);
/* 6P (RFC 8480, 6.2.2 and 6.2.4): "ADD" for a request, "SUCCESS" for any other type. */
FRAME_API const char *frame_sixp_code_name(unsigned type, unsigned code);

/* Wi-SUN FAN: the header IE FRAME_IE_WISUN_HEADER, and what is in a payload IE of group
 * FRAME_IE_WISUN. */
enum frame_wisun_form {
	FRAME_WISUN_OPAQUE, /* rest; not known here, or too short */
	FRAME_WISUN_UTT,    /* header: unicast timing and frame type; LFN's too */
	FRAME_WISUN_BT,     /* header: broadcast timing; LFN's too */
	FRAME_WISUN_RSL,    /* header: received signal level */
	FRAME_WISUN_EA,     /* header: EAPOL authenticator */
	FRAME_WISUN_PANID,  /* header: PAN identifier */
	FRAME_WISUN_US,     /* unicast schedule */
	FRAME_WISUN_BS,     /* broadcast schedule */
	FRAME_WISUN_PAN,    /* PAN information */
	FRAME_WISUN_NETNAME,
	FRAME_WISUN_PANVER, /* PAN version, LFN version */
	FRAME_WISUN_GTKHASH,
};
struct frame_wisun {
	uint8_t form;               /* enum frame_wisun_form */
	uint8_t sub_id;             /* header IE: its first octet; else the nested IE's ID */
	uint8_t frame_type;         /* UTT */
	uint32_t fraction;          /* UTT: UFSI, or the LFN's offset; BT: offset in ms */
	uint16_t slot;              /* BT; an LFN's UTT */
	int rsl;                    /* RSL: dBm */
	uint64_t extended;          /* EA */
	uint16_t pan;               /* PANID */
	uint32_t interval;          /* BS: ms */
	uint16_t schedule_id;       /* BS */
	uint8_t dwell;              /* US, BS: ms */
	uint8_t plan, function;     /* US, BS: channel plan, channel function */
	bool has_domain;            /* US, BS: the two below */
	uint8_t domain, plan_class; /* regulatory domain; operating class, or channel plan ID */
	bool has_fixed_channel;
	uint16_t fixed_channel;        /* US, BS */
	uint16_t size, cost;           /* PAN: nodes, routing cost */
	bool parent_schedule, layer_3; /* PAN: flags */
	uint16_t version;              /* PAN: of the FAN specification; PANVER */
	struct frame_span rest;        /* NETNAME: the name, octets from outside (frame_escape);
	                                  GTKHASH: 8 octets a key; what follows the fields */
};
/* ie came from octets, and is of one of the two kinds. Never fails: what cannot be parsed is
 * FRAME_WISUN_OPAQUE. */
FRAME_API void frame_wisun_parse(struct frame_wisun *w, const uint8_t *octets,
                                 const struct frame_ie *ie);
/* "UTT", "NETNAME", ... "Reserved"; never NULL */
FRAME_API const char *frame_wisun_name(const struct frame_ie *ie, const struct frame_wisun *w);
/* "PAN Advertisement", ... "Reserved"; never NULL */
FRAME_API const char *frame_wisun_frame_name(unsigned frame_type);
/* "fixed", "TR51CF", "DH1CF", "vendor's", ... */
FRAME_API const char *frame_wisun_function_name(unsigned function);

/* --- frame check sequences (7.2.11) --- */

/* FCS-16: ITU-T CRC-16, reflected, initial 0, no final xor. On the air: low octet first. */
FRAME_API uint16_t frame_fcs16(const uint8_t *octets, size_t length);
/* octets end in their FCS-16: true if it is right. False for length < 2. */
FRAME_API bool frame_fcs16_ok(const uint8_t *octets, size_t length);

/* FCS-32: CRC-32 of ANSI X3.66, reflected, initial and final xor of all ones; fewer than four
 * octets are padded with zeros for it. On the air: low octet first. */
FRAME_API uint32_t frame_fcs32(const uint8_t *octets, size_t length);
/* octets end in their FCS-32: true if it is right. False for length < 4. */
FRAME_API bool frame_fcs32_ok(const uint8_t *octets, size_t length);

/* What TI radios (CC24xx, CC253x, CC2538) put in the place of the FCS-16. */
struct frame_ti {
	int8_t rssi; /* dBm is this plus the chip's offset (CC253x, CC2538: -73; CC2420: -45) */
	bool crc_ok;
	uint8_t correlation; /* 7 bits */
};
FRAME_API void frame_ti_parse(struct frame_ti *ti, const uint8_t octets[2]);
FRAME_API void frame_ti_build(uint8_t out[2], const struct frame_ti *ti);

/* --- what the payload may be: hints by its first octets, not a parser --- */

enum frame_hint {
	FRAME_HINT_UNKNOWN,
	FRAME_HINT_ENCRYPTED,
	FRAME_HINT_6LOWPAN,
	FRAME_HINT_ZIGBEE,
	FRAME_HINT_THREAD_MLE,
	FRAME_HINT_ZIGBEE_GREEN_POWER
};

/* 6LoWPAN by its dispatch (RFC 4944, 6282, 8138, 8931), Thread MLE by UDP port 19788 in a
 * compressed header (RFC 6282), Zigbee by its network header's protocol version, or a beacon
 * payload's protocol ID. Zigbee is told where addresses are short, as its network layer has them,
 * and where an inter-PAN stub or a Green Power device says so. Nothing is told of what a fault has
 * left: UNKNOWN where f->error is set. ENCRYPTED: where something is that is encrypted; the fields
 * of a beacon and the identifier of a command of versions 0 and 1 are in clear (9.3). */
FRAME_API enum frame_hint frame_hint(const struct frame *f, const uint8_t *octets);
FRAME_API const char *frame_hint_name(enum frame_hint hint); /* "6LoWPAN", ...; never NULL */
/* Of a 6LoWPAN dispatch: "IPHC", "FRAG1", ...; NULL: none. */
FRAME_API const char *frame_dispatch_name(uint8_t octet);

/* --- text --- */

/* One readable line without newline, NUL-terminated, for octets[0..length) without FCS: also for
 * frames that do not parse (says why). Returns the characters written (without NUL), cut to size -
 * 1; nothing is written where size is 0. */
FRAME_API size_t frame_line(char *out, size_t size, const uint8_t *octets, size_t length);

/* Everything that can be told of a frame, a field a line, IEs and payload indented below: every
 * line ends in a newline. frame_json: the same as one JSON object without newline; numbers as
 * numbers, addresses and octets as strings of hex digits. Both parse leniently and return the
 * characters of the whole text (without NUL), of which at most size - 1 were written: the text was
 * cut if that is size or more. */
FRAME_API size_t frame_text(char *out, size_t size, const uint8_t *octets, size_t length);
FRAME_API size_t frame_json(char *out, size_t size, const uint8_t *octets, size_t length);

/* The same three of what has been parsed, and perhaps decrypted since: f is what frame_parse (with
 * FRAME_LENIENT) says of octets, fault what it and frame_check found. */
FRAME_API size_t frame_line_of(char *out, size_t size, const struct frame *f, const uint8_t *octets,
                               const struct frame_fault *fault);
FRAME_API size_t frame_text_of(char *out, size_t size, const struct frame *f, const uint8_t *octets,
                               const struct frame_fault *fault);
FRAME_API size_t frame_json_of(char *out, size_t size, const struct frame *f, const uint8_t *octets,
                               const struct frame_fault *fault);

/* Octets from outside as words: printable ASCII as it is; the quote, the backslash and every other
 * octet as "\x9b". Returns the characters of the whole text (without NUL), of which at most size -
 * 1 were written, and no octet in part. */
FRAME_API size_t frame_escape(char *out, size_t size, const uint8_t *octets, size_t length);

/* --- link type 283 (IEEE802_15_4_TAP): header and TLVs before a frame --- */

enum frame_tap_fcs { FRAME_TAP_FCS_NONE, FRAME_TAP_FCS16, FRAME_TAP_FCS32 };
struct frame_tap {
	uint8_t fcs_type; /* enum frame_tap_fcs: what the frame ends in */
	bool has_rss, has_channel, has_lqi;
	float rss; /* dBm */
	uint16_t channel;
	uint8_t page;
	uint8_t lqi;
	bool has_bit_rate, has_sun_phy, has_start_of_frame, has_end_of_frame, has_asn,
		has_start_of_slot;
	bool has_timeslot_length, has_frequency, has_channel_plan;
	uint32_t bit_rate; /* bits a second */
	uint8_t sun_band, sun_type, sun_mode;
	uint64_t start_of_frame, end_of_frame, start_of_slot; /* nanoseconds */
	uint64_t asn;
	uint32_t timeslot_length;       /* microseconds */
	float frequency;                /* kHz, centre of the channel */
	float plan_start, plan_spacing; /* kHz */
	uint16_t plan_channels;
};
#define FRAME_TAP_MAX 132 /* octets that frame_tap_build can write */
/* Writes the pseudo-header: the FCS type, and every TLV whose has_ is set. The frame is the
 * caller's to append. Returns the octets written, a multiple of 4, or FRAME_ESPACE. */
FRAME_API int frame_tap_build(uint8_t *out, size_t size, const struct frame_tap *tap);
/* Returns the length of the pseudo-header (the frame follows it) or a negative frame_error. Unknown
 * TLVs are passed over, known ones may be longer than they need be (some writers count the
 * padding); of a TLV that comes twice the last is kept. Without an FCS type TLV there is no FCS.
 * Known TLVs that are too short say nothing and are passed over too. An FCS type of no length or
 * above 2, and a TLV that runs past the header, are errors: what the frame ends in is not known
 * then. */
FRAME_API int frame_tap_parse(struct frame_tap *tap, const uint8_t *octets, size_t length,
                              struct frame_fault *fault);

#ifdef __cplusplus
}
#endif
#endif
