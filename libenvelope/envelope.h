/* envelope.h - bus messages of the ioppytest ecosystem (API v1 and v0): routing keys; JSON, pcap
 * and gso bodies. Never does I/O, keeps no globals, prints nothing; no allocation on the data path
 * (packet messages).
 *
 * Packet bodies are read and written by a scanner made for them; control messages go through
 * jansson. All functions may be called from any thread at once; a reader, writer or segmenter
 * struct belongs to one thread at a time. Functions that can fail return a negative enum
 * envelope_error. The formats themselves: docs/envelope.md. */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENVELOPE_KEY_MAX     255   /* AMQP 0-9-1 short string */
#define ENVELOPE_NAME_MAX    100   /* of an agent */
#define ENVELOPE_PACKET_MAX  65535 /* octets of one packet */
#define ENVELOPE_CONTROL_MAX 65536 /* octets of a control message's body */

#define ENVELOPE_JSON "application/json"
#define ENVELOPE_PCAP "application/vnd.tcpdump.pcap"
#define ENVELOPE_GSO  "application/vnd.framebus.gso"

enum envelope_api { ENVELOPE_V1, ENVELOPE_V0 };
enum envelope_direction { ENVELOPE_FROM_AGENT, ENVELOPE_TO_AGENT };

/* What a routing key tells. In API v0 some kinds share one key and are told apart by `_type` in the
 * body. */
enum envelope_kind {
	ENVELOPE_UNKNOWN,
	ENVELOPE_COMPONENT_READY,
	ENVELOPE_COMPONENT_SHUTDOWN,
	ENVELOPE_TERMINATE,
	ENVELOPE_TUN_START,
	ENVELOPE_TUN_STARTED,
	ENVELOPE_TUN_PACKET,
	ENVELOPE_SERIAL_START,
	ENVELOPE_SERIAL_STARTED,
	ENVELOPE_SERIAL_PACKET,
	ENVELOPE_LOSSY_LINK_START,
	ENVELOPE_SESSION,     /* v0 control.session: ready or shutdown, by _type */
	ENVELOPE_TUN_CONTROL, /* v0 control.tun.*: start or started, by direction */
};

enum envelope_error {
	ENVELOPE_OK = 0,
	ENVELOPE_ESYNTAX = -1, /* not JSON */
	ENVELOPE_ETYPE =
		-2, /* JSON of the wrong shape: not an object, data not an array of integers */
	ENVELOPE_ERANGE = -3,  /* an octet outside 0..255, a count below 0 or over 64 bits */
	ENVELOPE_ENODATA = -4, /* data missing or empty */
	ENVELOPE_ETOOLONG =
		-5, /* over the caller's buffer, ENVELOPE_PACKET_MAX, or the field of a text */
	ENVELOPE_ESPACE = -6,     /* writing: the caller's buffer is too small */
	ENVELOPE_ENAME = -7,      /* a name that no routing key can hold */
	ENVELOPE_EKEY = -8,       /* a routing key, or in API v0 a `_type`, that is none of ours */
	ENVELOPE_EPCAP = -9,      /* not a pcap file, or a damaged record */
	ENVELOPE_ELINKTYPE = -10, /* a link type that no tool here reads */
	ENVELOPE_EMEMORY = -11,   /* control messages only */
	ENVELOPE_ECUT = -12,      /* pcap: a record that holds only a part of its packet (a snapshot
	                             length was set) */
	ENVELOPE_EGSO = -13,      /* not a gso body, or a damaged record */
	ENVELOPE_EVERSION = -14,  /* a gso body of a version that is not read here */
	ENVELOPE_EVNET = -15,     /* a virtio_net_hdr that cannot be true of its packet */
};
const char *envelope_strerror(int error); /* static text, never NULL */

/* --- routing keys --- */

struct envelope_key {
	enum envelope_kind kind;
	enum envelope_api api;
	enum envelope_direction direction; /* TUN_* and SERIAL_* */
	char name[ENVELOPE_NAME_MAX + 1];  /* the agent's; "" for kinds without one */
	char peer[ENVELOPE_NAME_MAX + 1];  /* "…packet.raw.to.PEER" (v1, TUN_PACKET), else "" */
};

/* 0 if an agent may be called so: 1..ENVELOPE_NAME_MAX octets of UTF-8, no '.', '*', '#', blank or
 * control. */
int envelope_name_check(const char *name);
/* Writes the NUL-terminated routing key. Returns its length (without NUL) or ESPACE, ENAME, EKEY
 * (no such key: a peer where none can be). start is always to an agent and started from one,
 * whatever direction says. READY, SHUTDOWN, TERMINATE of API v0 share control.session.
 * ENVELOPE_KEY_MAX + 1 octets are always enough. */
int envelope_key_write(char *out, size_t size, const struct envelope_key *key);
/* 0, or EKEY (none of ours) or ENAME (ours, with a name that is none); then key is all zero: kind
 * ENVELOPE_UNKNOWN. */
int envelope_key_read(struct envelope_key *key, const char *text, size_t length);
/* Topic match as AMQP 0-9-1 (3.1.3.3) defines it: words between dots, '*' one word, '#' any number
 * of words, none included; as in RabbitMQ an empty key has no words. At most length(pattern) *
 * length steps, no recursion. pattern: NUL-terminated. */
bool envelope_key_match(const char *pattern, const char *text, size_t length);

/* --- packet messages --- */

struct envelope_packet {
	const uint8_t *data;
	size_t length;
	int64_t time_ns;    /* since the epoch, UTC */
	uint16_t link_type; /* 101 raw IP, 230 802.15.4 without FCS, 283 TAP; JSON: 101 or 230 by
	                       the key */
};

/* Writes the JSON body exactly as Python's json.dumps(sort_keys=True) would.
 * - interface_name: JSON-escaped as needed, NULL is ""
 * - with_slip: adds `data_slip` (serial uplink)
 * - v0: the timestamp is a string, `_type` is added by direction, `_api_version` left out
 * The timestamp is cut to microseconds and written as Python prints that float (repr); a whole
 * number of seconds, to the nanosecond, is written as an integer, as the old library's templates
 * have it. Exact from 1970 to 2242; a negative time is written as 0. link_type is not looked at.
 * Returns the octets written, ESPACE, ENODATA (no octets) or ETOOLONG (over ENVELOPE_PACKET_MAX).
 * envelope_json_max() is always enough. */
struct envelope_json_options {
	enum envelope_api api;
	enum envelope_direction direction;
	bool with_slip;
	const char *interface_name;
};
size_t envelope_json_max(size_t packet_length, const struct envelope_json_options *o);
long envelope_json_write(char *out, size_t size, const struct envelope_packet *p,
                         const struct envelope_json_options *o);

/* Reads any valid JSON packet body (RFC 8259) in any key order, with any other keys; the last of
 * duplicate keys counts. The octets go to data[0..data_size), packet->data points there; body and
 * data must not overlap. link_type is left as it is: the key tells it.
 * - An octet is a number whose value (IEEE 754 double) is an integer in 0..255: 12, 12.0, 1.2e1.
 * - The timestamp is a number, or a string of at most 64 octets that holds one; time_ns is 0 where
 * there is none, or one that says nothing (null, words, over 64 bits of ns). On error *error_offset
 * (error_offset may be NULL) is where in the body: the octet that cannot be there, the value that
 * is wrong, the end of a body that is not finished; data then holds nothing useful. What is not
 * JSON at all is ESYNTAX before anything else, also invalid UTF-8 and escapes of half a surrogate
 * pair. Linear time, constant memory (10 KiB of stack), no recursion; in containers nested over 32
 * 768 deep the kind of brackets is not checked. */
int envelope_json_read(struct envelope_packet *packet, uint8_t *data, size_t data_size,
                       const char *body, size_t length, size_t *error_offset);

/* The same, and what else is in the body: with these and the key's direction the message can be
 * written again as it was. */
struct envelope_json_details {
	char interface_name[64]; /* "" where there is none, or none that fits */
	bool with_slip;          /* `data_slip` is there; its contents are not looked at */
	enum envelope_api api;   /* v0: there is a `_type` */
};
int envelope_json_read_details(struct envelope_packet *packet,
                               struct envelope_json_details *details, uint8_t *data,
                               size_t data_size, const char *body, size_t length,
                               size_t *error_offset);

/* Writer of pcap bodies: one complete pcap file (nanosecond magic, host-independent little-endian)
 * in the caller's buffer. */
struct envelope_pcap_writer {
	uint8_t *out;
	size_t size, length;
	unsigned records;
};
#define ENVELOPE_PCAP_HEADER 24
#define ENVELOPE_PCAP_RECORD 16
#define ENVELOPE_RECORDS_MAX 65536 /* packets in one body, pcap or gso: read and written */
/* ESPACE, or ELINKTYPE (not 101, 195, 230 or 283). out[0..w->length) is a complete pcap file from
 * here on. */
int envelope_pcap_begin(struct envelope_pcap_writer *w, uint8_t *out, size_t size,
                        uint16_t link_type);
/* ESPACE: full, nothing added. ENODATA, ETOOLONG: not a packet. The packet's link_type is not
 * looked at. A time that pcap cannot hold (before 1970, after 2106) is written as 0. */
int envelope_pcap_add(struct envelope_pcap_writer *w, const struct envelope_packet *p);

/* Reader: packets point into the body. Nanosecond and microsecond files of either byte order. open:
 * EPCAP or ELINKTYPE. next: 1 a packet, 0 the end, or what came before is good and:
 * - EPCAP: damaged here; each further call says the same
 * - ENODATA, ECUT, ETOOLONG: this record is empty, holds a part of its packet, is over
 * ENVELOPE_PACKET_MAX; a further call goes on behind it
 * - ETOOLONG with offset == length: more than ENVELOPE_RECORDS_MAX records; the rest is not read
 * offset is where the record begins that the next call reads. */
struct envelope_pcap_reader {
	const uint8_t *body;
	size_t length, offset;
	bool swapped, micros;
	uint16_t link_type;
	unsigned records;
};
int envelope_pcap_open(struct envelope_pcap_reader *r, const uint8_t *body, size_t length);
int envelope_pcap_next(struct envelope_pcap_reader *r, struct envelope_packet *p);

/* --- super-packets: bodies of the encoding gso (docs/envelope.md) --- */

#define ENVELOPE_VNET_HEADER 10
enum { ENVELOPE_VNET_NEEDS_CSUM = 1, ENVELOPE_VNET_DATA_VALID = 2 }; /* flags */
enum {                                                               /* gso_type */
       ENVELOPE_VNET_NONE = 0,
       ENVELOPE_VNET_TCPV4 = 1,
       ENVELOPE_VNET_TCPV6 = 4,
       ENVELOPE_VNET_UDP_L4 = 5,
       ENVELOPE_VNET_ECN = 0x80, /* with the TCP types */
};

struct envelope_vnet { /* struct virtio_net_hdr of virtio 1.2, 5.1.6; all zero: a packet that is as
	                  it should be */
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset;
};
/* Little-endian, as a TUN with IFF_VNET_HDR and TUNSETVNETLE reads and writes it. */
void envelope_vnet_read(struct envelope_vnet *h, const uint8_t octets[ENVELOPE_VNET_HEADER]);
void envelope_vnet_write(uint8_t octets[ENVELOPE_VNET_HEADER], const struct envelope_vnet *h);
/* 0 where the header can be true of the packet, else ENVELOPE_EVNET: unknown flags or types; a
 * checksum outside the packet or inside its IP header; hdr_len beyond the packet; offload of what
 * is no whole TCP or UDP packet of that IP version, whose IP length is not its length, without
 * NEEDS_CSUM at its checksum, without payload, with gso_size 0 or 65535, or UDP of more than 128
 * segments. Linux takes what passes. */
int envelope_vnet_check(const struct envelope_vnet *h, const uint8_t *packet, size_t length);

#define ENVELOPE_GSO_HEADER 8
#define ENVELOPE_GSO_RECORD 12 /* before the virtio_net_hdr of each packet */

struct envelope_gso_packet {
	struct envelope_packet packet; /* link_type 101 */
	struct envelope_vnet vnet;
	const uint8_t *
		octets; /* virtio_net_hdr and packet as one, as write(2) to such a TUN takes them */
	size_t octet_count;
};

struct envelope_gso_writer {
	uint8_t *out;
	size_t size, length;
	unsigned records;
};
int envelope_gso_begin(struct envelope_gso_writer *w, uint8_t *out, size_t size); /* 0 or ESPACE */
/* Without a copy: where read(2) from such a TUN may put virtio_net_hdr and packet, *room octets at
 * the most; NULL where nothing fits. Nothing is in the body until envelope_gso_commit says how many
 * octets were read: 0, or ENODATA, ETOOLONG, ESPACE, EVNET, and nothing was added. */
uint8_t *envelope_gso_reserve(struct envelope_gso_writer *w, size_t *room);
int envelope_gso_commit(struct envelope_gso_writer *w, size_t octet_count, int64_t time_ns);
/* With a copy. */
int envelope_gso_add(struct envelope_gso_writer *w, const struct envelope_vnet *h,
                     const struct envelope_packet *p);

/* Reader: packets point into the body, their headers are checked. open: EGSO or EVERSION. next: 1 a
 * packet, 0 the end, or what came before is good and:
 * - EGSO: damaged here; each further call says the same
 * - EVNET: this packet's header cannot be true; a further call goes on behind it
 * - ETOOLONG: more than ENVELOPE_RECORDS_MAX packets; the rest is not read */
struct envelope_gso_reader {
	const uint8_t *body;
	size_t length, offset;
	unsigned records;
};
int envelope_gso_open(struct envelope_gso_reader *r, const uint8_t *body, size_t length);
int envelope_gso_next(struct envelope_gso_reader *r, struct envelope_gso_packet *p);

/* Makes real packets of a super-packet, one a call, as Linux does: IP lengths and header checksums,
 * ids counting up, TCP sequence numbers, CWR on the first only, FIN and PSH on the last only, UDP
 * lengths, every checksum complete. A packet that only lacks its checksum gets it. */
struct envelope_segmenter { /* private */
	const uint8_t *packet;
	size_t length, header, payload, at;
	int64_t time_ns;
	uint32_t pseudo;
	uint16_t segment, transport, checksum;
	uint8_t protocol;
	bool needs_checksum, done;
};
/* 0 or EVNET. The packet's octets must outlive the segmenter. */
int envelope_segment_begin(struct envelope_segmenter *s, const struct envelope_vnet *h,
                           const struct envelope_packet *p);
/* 1: segment is the next packet, in out[0..size), or where it was if it needed no change; 0: there
 * are no more; ESPACE: out is too small, call again (ENVELOPE_PACKET_MAX is always enough). */
int envelope_segment_next(struct envelope_segmenter *s, uint8_t *out, size_t size,
                          struct envelope_packet *segment);

/* The other way round, as Linux does on receipt (GRO): TCP packets that follow one another in one
 * flow become a super-packet of which the segmenter makes the same packets again, octet for octet.
 * What no segmenter would have made (a wrong checksum, a fragment, flags but ACK and PSH, options
 * or an acknowledgement that differ, an id out of order) is not taken. */
struct envelope_merger { /* private */
	uint8_t *out;
	size_t size, length, transport, header, segment; /* 0 where count is */
	uint32_t sequence;
	uint16_t pseudo;
	unsigned count;
	bool closed;
	int64_t time_ns;
};
/* out is the caller's and holds virtio_net_hdr and packet: size octets, ENVELOPE_VNET_HEADER +
 * ENVELOPE_PACKET_MAX are always enough, fewer than ENVELOPE_VNET_HEADER too few. */
void envelope_merge_begin(struct envelope_merger *m, uint8_t *out, size_t size);
/* True: it was copied. False: it does not follow what is there. Once that is taken it may be the
 * first of others; a packet that is refused even then stands alone. */
bool envelope_merge_add(struct envelope_merger *m, const struct envelope_packet *p);
/* How many packets are in *p, which points into out, with the time of the first; then nothing is
 * there. A single one is as it came, with a virtio_net_hdr of zeros. 0: nothing was there. */
unsigned envelope_merge_take(struct envelope_merger *m, struct envelope_gso_packet *p);

/* --- control messages --- */

#define ENVELOPE_FIELD_MAX 63
struct envelope_tun { /* tun.start, tun.started; "" = absent or null */
	char name[ENVELOPE_NAME_MAX + 1];
	char ipv6_prefix[ENVELOPE_FIELD_MAX + 1], ipv6_host[ENVELOPE_FIELD_MAX + 1];
	bool ipv6_no_forwarding;
	char ipv4_host[ENVELOPE_FIELD_MAX + 1], ipv4_network[ENVELOPE_FIELD_MAX + 1];
	char ipv4_netmask[ENVELOPE_FIELD_MAX + 1], ipv4_address[ENVELOPE_FIELD_MAX + 1];
	char re_route_packets_if[ENVELOPE_FIELD_MAX + 1],
		re_route_packets_prefix[ENVELOPE_FIELD_MAX + 1];
	char re_route_packets_host[ENVELOPE_FIELD_MAX + 1];
	char session[ENVELOPE_FIELD_MAX +
	             1]; /* ours, an extra key that old agents ignore: "framebus_session" */
	char encodings[ENVELOPE_FIELD_MAX +
	               1]; /* ours, "framebus_encodings": what it reads, "json,pcap,gso" */
	char mtu[8];       /* ours, "framebus_mtu": octets of the longest packet that it takes */
};
struct envelope_serial {
	char name[ENVELOPE_NAME_MAX + 1], port[256], boudrate[16];
	char session[ENVELOPE_FIELD_MAX + 1];
};
struct envelope_component {
	char component[ENVELOPE_NAME_MAX + 1], description[256];
};

struct envelope_control {
	enum envelope_kind kind; /* resolved: never SESSION or TUN_CONTROL */
	union {
		struct envelope_tun tun;
		struct envelope_serial serial;
		struct envelope_component
			component;        /* ready, shutdown, terminate (component "" there) */
		uint64_t packets_to_drop; /* lossy link */
	};
};
/* Reads the body of the message whose key is given: a JSON object of ENVELOPE_CONTROL_MAX octets at
 * the most, whatever else is in it.
 * - A number where a text belongs is read as its text: ipv6_host 1 is "1".
 * - ipv6_no_forwarding may be 0, 1, "true", "false" (in any case), number_of_packets_to_drop "2"
 * or 2.0.
 * - Anything else of another type is ETYPE; a text that does not fit its field is ETOOLONG, but
 * descriptions are cut, at a character.
 * - EKEY: a v0 `_type` that is none of ours, or a key that carries packets.
 * Uses jansson: up to 3 MB of memory and 2 048 levels of nesting while it runs. */
int envelope_control_read(struct envelope_control *c, const struct envelope_key *key,
                          const char *body, size_t length);
/* The same, and says where: fault->offset for ESYNTAX, fault->field (static text, never NULL) for
 * what is wrong with one field. */
struct envelope_fault {
	size_t offset;
	const char *field; /* "" where it is not about one */
};
int envelope_control_read_fault(struct envelope_control *c, const struct envelope_key *key,
                                const char *body, size_t length, struct envelope_fault *fault);
/* Writes the body (json.dumps, sorted), not NUL-terminated: "" is null, or left out for
 * ipv4_address and the framebus_ keys. Octets that are not UTF-8 become U+FFFD. Returns its length,
 * ESPACE, or EKEY for a kind that has no such body. ENVELOPE_CONTROL_WRITE_MAX is always enough. */
#define ENVELOPE_CONTROL_WRITE_MAX 8192
long envelope_control_write(char *out, size_t size, const struct envelope_control *c,
                            enum envelope_api api);

#ifdef __cplusplus
}
#endif
#endif
