/* payload_types.h - the layers above the MAC, as far as payload.h knows them. Of a layer that is
 * not there nothing else has been set. */
#ifndef PAYLOAD_TYPES_H
#define PAYLOAD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

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
	uint8_t mesh_hops, broadcast, page;
	struct frame_address originator, final; /* of the mesh header */
	uint8_t fragment;                       /* enum fragment_kind */
	uint16_t size, tag, offset;             /* of a fragment, in octets */
	uint8_t sequence;                       /* RFRAG, where size is the fragment's */
	uint16_t whole;                         /* the packet's: RFRAG of sequence 0 */
	uint32_t bitmap;                        /* RFRAG-ACK */
	uint8_t instance;                       /* of RPL's artifacts, RFC 8138 or RFC 6553 */
	uint16_t rank;
	uint16_t hops; /* addresses in the routing header */
	bool has_mpl;
	uint8_t mpl_sequence, mpl_seed_length;
	uint64_t mpl_seed;       /* of at most eight octets */
	const char *compression; /* of a header that is not decompressed: "HC1", "GHC ICMPv6"; NULL:
	                            none */
};

struct ip {
	bool is_there;
	struct ip_address source, destination;
	uint8_t hop_limit, next_header; /* next_header: behind the extension headers */
	bool has_next_header;
	bool has_ports;
	uint16_t source_port, destination_port; /* UDP, TCP */
};

struct icmp {
	bool is_there;
	uint8_t type, code;
	bool has_echo;
	uint16_t identifier, sequence;
	struct ip_address target; /* NS, NA, DAR, DAC, redirect */
	bool has_registration;    /* NS, NA with an address registration; DAR, DAC */
	uint8_t status;
	uint16_t lifetime; /* in minutes */
	uint64_t owner;    /* EUI-64, or the last 64 bits of another identifier */
	bool has_prefix, has_context;
	uint8_t prefix_length, context, context_length;
	struct ip_address prefix, context_prefix; /* RA */
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

/* UDP that is told by its port, or by how it begins. */
struct application {
	const char *protocol; /* "mDNS", "DTLS"; NULL: none is known */
	const char *word;     /* "query"; NULL: none */
};

enum zigbee_kind { ZIGBEE_NETWORK, ZIGBEE_INTER_PAN, ZIGBEE_GREEN_POWER };
struct zigbee {
	bool is_there, secured;
	uint8_t kind;                   /* enum zigbee_kind */
	uint8_t type, radius, sequence; /* type: 0 data, 1 command */
	uint16_t destination, source;
	bool has_command, has_device, has_cluster, has_counter;
	uint8_t command;
	bool has_aps, aps_secured; /* a message of the application layer */
	uint8_t aps_type;          /* 0 data, 1 command, 2 acknowledgment, 3 inter-PAN */
	uint16_t cluster, profile; /* of data and acknowledgments */
	bool has_aps_command, has_library_command;
	bool is_for_cluster, is_maker_s; /* of the library's command: else it is for all of them */
	uint8_t aps_command, library_command;
	uint32_t device, counter; /* Green Power */
};

struct payload {
	struct lowpan lowpan;
	struct ip ip;
	struct icmp icmp;
	struct rpl rpl;
	struct coap coap;
	struct mle mle;
	struct application application;
	struct zigbee zigbee;
	/* What was read stands above; the first fault: */
	const char *clause; /* NULL: none; static text, the clause that it breaks */
	const char *fault;  /* in words */
	size_t fault_at;    /* octet of the frame */
};

#endif
