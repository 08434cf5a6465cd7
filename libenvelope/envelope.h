/* envelope.h - bus messages of the ioppytest ecosystem (API v1 and v0): routing keys; JSON, pcap
 * and gso bodies. Never does I/O, keeps no globals, prints nothing; no allocation on the data path
 * (packet messages).
 *
 * Packet bodies go through a scanner made for them, control messages through jansson. All functions
 * may be called from any thread at once; a reader, writer, segmenter or merger struct belongs to
 * one thread at a time. Functions that can fail return a negative enum envelope_error. What becomes
 * a struct is parsed, and built from one; records one after another are read and written. The
 * formats themselves: docs/envelope.md.
 *
 * An example: passes a packet message on, as a router does: what agent a sent goes to agent b
 * (docs/examples/envelope_example.c):
 *
 *     #include <envelope.h>
 *     #include <stdio.h>
 *     #include <string.h>
 *
 *     int main(int argc, char **argv)
 *     {
 *             struct envelope_json_options options = {.direction = ENVELOPE_TO_AGENT};
 *             struct envelope_packet packet = {.link_type = ENVELOPE_LINK_RAW};
 *             char key_text[ENVELOPE_KEY_MAX + 1], body[8192];
 *             uint8_t octets[1280];
 *             struct envelope_fault f;
 *             struct envelope_key key;
 *             size_t size;
 *             long length;
 *
 *             if (argc != 3 || envelope_key_parse(&key, argv[1], strlen(argv[1])) < 0 ||
 *                 key.kind != ENVELOPE_TUN_PACKET)
 *                     return fputs("not the key of an IP packet\n", stderr), 1;
 *             size = strlen(argv[2]);
 *             if (envelope_json_parse(&packet, octets, sizeof octets, argv[2], size, &f) < 0) {
 *                     fprintf(stderr, "octet %zu: %s\n", f.offset, envelope_strerror(f.error));
 *                     return 1;
 *             }
 *             key = (struct envelope_key){key.kind, key.api, options.direction, "b", ""};
 *             length = envelope_json_build(body, sizeof body, &packet, &options);
 *             if (length < 0 || envelope_key_build(key_text, sizeof key_text, &key) < 0)
 *                     return fputs("cannot be passed on\n", stderr), 1;
 *             printf("%s\n%.*s\n", key_text, (int)length, body);
 *             return 0;
 *     }
 */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "envelope_error.h"
#include "envelope_gso.h"
#include "envelope_ip.h"
#include "envelope_packet.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENVELOPE_VERSION_MAJOR 0
#define ENVELOPE_VERSION_MINOR 1
#define ENVELOPE_VERSION_PATCH 0
#define ENVELOPE_VERSION       "0.1.0"
ENVELOPE_API const char *envelope_version(void); /* of the library itself; static text */

#define ENVELOPE_KEY_MAX     255  /* AMQP 0-9-1 short string */
#define ENVELOPE_NAME_MAX    100  /* of an agent */
#define ENVELOPE_CONTROL_MAX 4096 /* octets of a control message's body */

#define ENVELOPE_JSON "application/json"
#define ENVELOPE_PCAP "application/vnd.tcpdump.pcap"
#define ENVELOPE_GSO  "application/vnd.framebus.gso"

/* ENVELOPE_OWN: the keys of this project's own, for what the old world would fail on; JSON bodies
 * under them are as in v1. */
enum envelope_api { ENVELOPE_V1, ENVELOPE_V0, ENVELOPE_OWN };
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
	ENVELOPE_PACKET,      /* own "framebus.to.NAME": pcap or gso, which tells the device */
	ENVELOPE_ALIVE,       /* own "framebus.alive.NAME" */
};

/* --- routing keys --- */

struct envelope_key {
	enum envelope_kind kind;
	enum envelope_api api;
	enum envelope_direction direction; /* TUN_* and SERIAL_* */
	char name[ENVELOPE_NAME_MAX + 1];  /* the agent's; "" for kinds without one */
	char peer[ENVELOPE_NAME_MAX + 1];  /* own "framebus.tun.NAME.PEER", else "" */
};

/* 0 if an agent may be called so: 1..ENVELOPE_NAME_MAX octets of UTF-8, no '.', '*', '#', blank or
 * control. */
ENVELOPE_API int envelope_name_check(const char *name);
/* Builds the NUL-terminated routing key. Returns its length (without NUL) or ESPACE, ENAME, EKEY
 * (no such key: a peer where none can be). start is always to an agent and started from one,
 * whatever direction says. READY, SHUTDOWN, TERMINATE of API v0 share control.session.
 * ENVELOPE_KEY_MAX + 1 octets are always enough. */
ENVELOPE_API int envelope_key_build(char *out, size_t size, const struct envelope_key *key);
/* 0, or EKEY (none of ours) or ENAME (ours, with a name that is none); then key is all zero: kind
 * ENVELOPE_UNKNOWN. */
ENVELOPE_API int envelope_key_parse(struct envelope_key *key, const char *text, size_t length);
/* Topic match as AMQP 0-9-1 (3.1.3.3) defines it: words between dots, '*' one word, '#' any number
 * of words, none included; as in RabbitMQ an empty key has no words. At most length(pattern) *
 * length steps, no recursion. pattern: NUL-terminated. */
ENVELOPE_API bool envelope_key_match(const char *pattern, const char *text, size_t length);

/* --- packet messages --- */

/* Builds the JSON body exactly as Python's json.dumps(sort_keys=True) would.
 * - interface_name: JSON-escaped as needed, NULL is ""
 * - with_slip: adds `data_slip` (serial uplink)
 * - v0: the timestamp is a string, `_type` is added by direction, `_api_version` left out
 * - point: a whole second is a time, and written as Python prints that float: 1795406616.0
 * The timestamp is cut to microseconds and written as Python prints that float (repr); without
 * point, a whole number of seconds, to the nanosecond, is written as an integer, as the old library
 * has it; 0, no time, always is. Exact from 1970 to 2242; a negative time is written as 0.
 * link_type is not looked at. Returns the octets written, ESPACE, ENODATA (no octets) or ETOOLONG
 * (over ENVELOPE_PACKET_MAX). envelope_json_max() is always enough. */
struct envelope_json_options {
	enum envelope_api api;
	enum envelope_direction direction;
	bool with_slip;
	const char *interface_name;
	bool point;
};
ENVELOPE_API size_t envelope_json_max(size_t packet_length, const struct envelope_json_options *o);
ENVELOPE_API long envelope_json_build(char *out, size_t size, const struct envelope_packet *p,
                                      const struct envelope_json_options *o);

/* Parses any valid JSON packet body (RFC 8259) in any key order, with any other keys; the last of
 * duplicate keys counts. The octets go to data[0..data_size), packet->data points there; body and
 * data must not overlap. link_type is left as it is: the key tells it.
 * - An octet is a number whose value (IEEE 754 double) is an integer in 0..255: 12, 12.0, 1.2e1.
 * - The timestamp is a number, or a string of at most 64 octets that holds one; time_ns is 0 where
 *   there is none, or one that says nothing (null, words, over 64 bits of ns).
 * On error fault->offset is the octet that cannot be there, the value that is wrong, or the end of
 * a body that is not finished; fault->field is "data" or "" (the body); data then holds nothing
 * useful. What is not JSON at all is ESYNTAX before anything else, also invalid UTF-8 and escapes
 * of half a surrogate pair. Linear time, constant memory (10 KiB of stack), no recursion; in
 * containers nested over 32 768 deep the kind of brackets is not checked. */
ENVELOPE_API int envelope_json_parse(struct envelope_packet *packet, uint8_t *data,
                                     size_t data_size, const char *body, size_t length,
                                     struct envelope_fault *fault);

/* The same, and what else is in the body: with these and the key's direction the message can be
 * built again as it was. */
struct envelope_json_details {
	char interface_name[64]; /* "" where there is none, or none that fits */
	bool with_slip;          /* `data_slip` is there; its contents are not looked at */
	enum envelope_api api;   /* v0: there is a `_type` */
	/* The timestamp is a number without a decimal point: the old library makes such of every
	 * time, by cutting the fraction off, and its templates hold one that is no time at all. */
	bool whole_seconds;
};
ENVELOPE_API int envelope_json_parse_details(struct envelope_packet *packet,
                                             struct envelope_json_details *details, uint8_t *data,
                                             size_t data_size, const char *body, size_t length,
                                             struct envelope_fault *fault);

/* Writer of pcap bodies: one complete pcap file (nanosecond magic, host-independent little-endian)
 * in the caller's buffer. */
struct envelope_pcap_writer {
	uint8_t *out;
	size_t size, length;
	unsigned records;
};
#define ENVELOPE_PCAP_HEADER 24
#define ENVELOPE_PCAP_RECORD 16
/* ESPACE, or ELINKTYPE (not 101, 195, 230 or 283). out[0..w->length) is a complete pcap file from
 * here on. */
ENVELOPE_API int envelope_pcap_writer_init(struct envelope_pcap_writer *w, uint8_t *out,
                                           size_t size, uint16_t link_type);
/* ESPACE: full, nothing added. ENODATA, ETOOLONG: not a packet. The packet's link_type is not
 * looked at. A time that pcap cannot hold (before 1970, after 2106) is written as 0. */
ENVELOPE_API int envelope_pcap_write(struct envelope_pcap_writer *w,
                                     const struct envelope_packet *p);

/* Reader: packets point into the body. Nanosecond and microsecond files of either byte order. init:
 * 0, EPCAP or ELINKTYPE. read: 1 a packet, 0 the end, or what came before is good and:
 * - EPCAP: damaged here; each further call says the same
 * - ENODATA, ECUT, ETOOLONG: this record is empty, holds a part of its packet, is over
 *   ENVELOPE_PACKET_MAX; a further call goes on behind it
 * - ETOOLONG with offset == length: more than ENVELOPE_RECORDS_MAX records; the rest is not read
 * offset is where the record begins that the next call reads. */
struct envelope_pcap_reader {
	const uint8_t *body;
	size_t length, offset;
	bool swapped, micros;
	uint16_t link_type;
	unsigned records;
};
ENVELOPE_API int envelope_pcap_reader_init(struct envelope_pcap_reader *r, const uint8_t *body,
                                           size_t length);
ENVELOPE_API int envelope_pcap_read(struct envelope_pcap_reader *r, struct envelope_packet *p);

/* --- control messages --- */

#define ENVELOPE_FIELD_MAX 63
struct envelope_tun { /* tun.start, tun.started; "" = absent or null */
	char name[ENVELOPE_NAME_MAX + 1];
	char ipv6_prefix[ENVELOPE_FIELD_MAX + 1], ipv6_host[ENVELOPE_FIELD_MAX + 1];
	bool ipv6_no_forwarding;
	char ipv4_host[ENVELOPE_FIELD_MAX + 1], ipv4_network[ENVELOPE_FIELD_MAX + 1];
	char ipv4_netmask[ENVELOPE_FIELD_MAX + 1], ipv4_address[ENVELOPE_FIELD_MAX + 1];
	char re_route_packets_if[ENVELOPE_FIELD_MAX + 1];
	char re_route_packets_prefix[ENVELOPE_FIELD_MAX + 1];
	char re_route_packets_host[ENVELOPE_FIELD_MAX + 1];
	/* Ours, in keys that old agents ignore: "framebus_session"; "framebus_encodings": what it
	 * reads, "json,pcap,gso"; "framebus_mtu": octets of the longest packet that it takes. */
	char session[ENVELOPE_FIELD_MAX + 1], encodings[ENVELOPE_FIELD_MAX + 1], mtu[8];
};
struct envelope_serial {
	char name[ENVELOPE_NAME_MAX + 1], port[256], boudrate[16];
	char session[ENVELOPE_FIELD_MAX + 1];
};
/* framebus.alive.NAME; "" = absent. Numbers as texts: seconds since its start; packets or frames
 * from its device to the bus, and from the bus to its device. */
struct envelope_alive {
	char session[ENVELOPE_FIELD_MAX + 1];
	char uptime[24], published[24], delivered[24];
};
struct envelope_component {
	char component[ENVELOPE_NAME_MAX + 1], description[256];
};

struct envelope_control {
	enum envelope_kind kind; /* resolved: never SESSION or TUN_CONTROL */
	union {
		struct envelope_tun tun;
		struct envelope_serial serial;
		/* ready, shutdown; terminate: without component.component */
		struct envelope_component component;
		struct envelope_alive alive;
		uint64_t packets_to_drop; /* lossy link */
	};
};
/* Parses the body of the message whose key is given: a JSON object of ENVELOPE_CONTROL_MAX octets
 * at the most, whatever else is in it.
 * - A number where a text belongs is read as its text: ipv6_host 1 is "1".
 * - ipv6_no_forwarding may be 0, 1, "true", "false" (in any case), number_of_packets_to_drop "2"
 *   or 2.0.
 * - Anything else of another type is ETYPE; a text that does not fit its field is ETOOLONG, but
 *   descriptions are cut, at a character.
 * - EKEY: a v0 `_type` that is none of ours, or a key that carries packets.
 * ESYNTAX has its fault->offset, what is wrong with one field its fault->field. Uses jansson: up to
 * 1 MB of memory and 2 048 levels of nesting while it runs. */
ENVELOPE_API int envelope_control_parse(struct envelope_control *c, const struct envelope_key *key,
                                        const char *body, size_t length,
                                        struct envelope_fault *fault);
/* Builds the body (json.dumps, sorted), not NUL-terminated: "" is null, or left out for
 * ipv4_address and the framebus_ keys. Octets that are not UTF-8 become U+FFFD. Returns its length,
 * ESPACE, or EKEY for a kind that has no such body. ENVELOPE_CONTROL_BUILD_MAX is always enough. */
#define ENVELOPE_CONTROL_BUILD_MAX 8192
ENVELOPE_API long envelope_control_build(char *out, size_t size, const struct envelope_control *c,
                                         enum envelope_api api);

#ifdef __cplusplus
}
#endif
#endif
