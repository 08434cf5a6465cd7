/* payload.h - what an 802.15.4 frame carries, a word deep: 6LoWPAN, IPv6, ICMPv6, RPL, UDP, CoAP,
 * MLE, Zigbee's network header. For people to look at: nothing is reassembled, decrypted or
 * remembered, addresses whose context is not in the frame stay unknown. Never allocates, never
 * reads past the frame.
 *
 * IP headers are libenvelope's (bus, raw packets). Those here have been compressed to what a frame
 * has room for, and are read as far as they are shown. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "frame.h"
#include "packet/fields.h"

enum address_state {
	ADDRESS_ABSENT,
	ADDRESS_KNOWN,
	ADDRESS_IN_CONTEXT, /* the first half is that of a context, the second is known */
	ADDRESS_ELIDED,     /* it follows from one that the frame does not have */
};
struct ip_address {
	uint8_t state; /* enum address_state */
	uint8_t context;
	uint8_t octets[16];
};

enum fragment_kind { FRAGMENT_NONE, FRAGMENT_FIRST, FRAGMENT_NEXT, FRAGMENT_RFRAG, FRAGMENT_ACK };

struct lowpan {
	const char *dispatch; /* of what the frame begins with: "IPHC", "FRAG1"; NULL: none */
	bool has_mesh, has_broadcast, has_rpi, has_routing, tunnelled;
	uint8_t mesh_hops, broadcast;
	struct frame_address originator, final; /* of the mesh header */
	uint8_t fragment;                       /* enum fragment_kind */
	uint16_t size, tag, offset;             /* of a fragment, in octets */
	uint8_t sequence;                       /* RFRAG */
	uint8_t instance;                       /* RFC 8138: of RPL's artifacts */
	uint16_t rank;
	uint8_t hops; /* addresses in the routing header */
};

struct ip {
	bool is_there;
	struct ip_address source, destination;
	uint8_t hop_limit, next_header; /* next_header: behind the extension headers */
	bool has_next_header;
	bool has_ports;
	uint16_t source_port, destination_port; /* UDP */
};

struct icmp {
	bool is_there;
	uint8_t type, code;
	bool has_echo;
	uint16_t identifier, sequence;
	struct ip_address target; /* NS, NA, DAR, DAC, redirect */
	uint8_t status;           /* DAC */
};

struct rpl {
	bool is_there;
	bool has_instance, has_version, has_sequence, has_status;
	uint8_t instance, version, sequence, status;
	uint16_t rank;
	struct ip_address dodag;
};

enum { COAP_PATH_MAX = 96 };
struct coap {
	bool is_there;
	uint8_t type, code;
	uint16_t message_id;
	uint8_t path_length; /* of "/sensors/temp", octets from outside */
	bool path_cut;
	uint8_t path[COAP_PATH_MAX];
};

struct mle {
	bool is_there, secured, has_command;
	size_t offset;                  /* in the frame: of its first octet */
	struct frame_security security; /* where secured */
	uint8_t command;
	bool has_source, has_extended_pan, has_joiner_port;
	uint16_t source, joiner_port;
	uint64_t extended_pan;
	const uint8_t *name; /* network name of a discovery, octets from outside */
	uint8_t name_length;
};

struct zigbee {
	bool is_there, secured;
	uint8_t type, radius, sequence; /* type: 0 data, 1 command */
	uint16_t destination, source;
};

struct payload {
	struct lowpan lowpan;
	struct ip ip;
	struct icmp icmp;
	struct rpl rpl;
	struct coap coap;
	struct mle mle;
	struct zigbee zigbee;
	/* What was read stands above; the first fault: */
	const char *clause; /* NULL: none; static text, the clause that it breaks */
	const char *fault;  /* in words */
	size_t fault_at;    /* octet of the frame */
};

/* f is what libframe says of octets. False: nothing that is known here is in it. */
bool payload_parse(struct payload *p, const struct frame *f, const uint8_t *octets);
/* In a line, behind frame_line's words: begins with ", ". */
void payload_line(struct text *t, const struct payload *p);
/* The same as named values. */
void payload_fields(struct fields *f, const struct payload *p);

/* "fe80::1"; "[context 0]::1" where the first half is not known; "elided". */
void payload_address(struct text *t, const struct ip_address *a);
/* "6LoWPAN", "NS", "DIO", "GET", ...; NULL: none. */
const char *payload_next_header_name(unsigned next_header);
const char *payload_icmp_name(unsigned type);
const char *payload_rpl_name(unsigned code);
const char *payload_coap_type_name(unsigned type);
const char *payload_coap_code_name(unsigned code);
const char *payload_mle_name(unsigned command);

#endif
