/* unpack.h - a bus message to the packets, super-packets or frames in it, by its content type.
 * Never allocates, never copies a packet, never trusts a length. What cannot be used is refused
 * with its reason; what is before and behind it is good.
 *
 * Content types (docs/envelope.md): pcap and gso bodies by theirs, everything else is read as JSON,
 * since publishers differ in what they call it; one that turns out not to be JSON under a content
 * type of its own is refused for that (UNPACK_ENCODING).
 *
 *     struct unpack u = {.wanted = UNPACK_IP, .room = room, .room_size = sizeof room};   // once
 *
 *     unpack_begin(&u, &message, ENVELOPE_LINK_RAW);
 *     while ((outcome = unpack_next(&u, &p)) != 0)
 *         if (outcome < 0)
 *             count and tell u.refusal;
 *         else
 *             take p.packet, or p.octets where it is a super-packet;
 */
#ifndef UNPACK_H
#define UNPACK_H

#include "bus/bus.h"
#include "envelope.h"
#include "packet/packet.h"

enum unpack_wanted { UNPACK_IP = 1, UNPACK_FRAMES = 2 };

enum unpack_reason {
	UNPACK_NOT_JSON, /* or JSON of another shape */
	UNPACK_OCTET,    /* JSON: a number that is no octet */
	UNPACK_NO_DATA,  /* JSON: no data, or none in it */
	UNPACK_TOO_LONG, /* JSON: over the caller's room */
	UNPACK_NOT_PCAP, /* or damaged from here on: ends the body */
	UNPACK_RECORD,   /* one record, empty or cut; or more than ENVELOPE_RECORDS_MAX of them: the
	                    rest is not read */
	UNPACK_LINK_TYPE, /* a capture of something that is not wanted */
	UNPACK_NOT_GSO,   /* or damaged from here on, or of another version: ends the body */
	UNPACK_HEADER,    /* gso: one virtio_net_hdr that cannot be true of its packet */
	UNPACK_ENCODING,  /* gso where IP is not wanted; neither JSON nor called so */
	UNPACK_REASONS
};

struct unpack {
	/* the caller's, before the first unpack_begin */
	unsigned wanted; /* of enum unpack_wanted: one or both */
	uint8_t *room; /* where the octets of a JSON body go; ENVELOPE_PACKET_MAX holds every packet
	                */
	size_t room_size;

	/* after unpack_next has returned -1 */
	struct unpack_refusal {
		enum unpack_reason reason;
		const char *words; /* static */
		size_t offset;     /* in the body */
	} refusal;

	/* private */
	const struct bus_message *message;
	enum unpack_form {
		UNPACK_JSON,
		UNPACK_UNNAMED,
		UNPACK_PCAP,
		UNPACK_GSO,
		UNPACK_REFUSED,
		UNPACK_ENDED
	} form;
	uint16_t json_link_type;
	struct envelope_pcap_reader pcap;
	struct envelope_gso_reader gso;
};

/* m must stay valid while its packets are read. json_link_type: what a JSON body holds, which its
 * routing key tells: ENVELOPE_LINK_RAW or ENVELOPE_LINK_IEEE802_15_4_NOFCS. */
void unpack_begin(struct unpack *u, const struct bus_message *m, uint16_t json_link_type);
/* 1: p->packet is the next one, in the body or, of JSON, in the room; its time is what its sender
 * wrote, 0 where that is nothing. p->octets is NULL, or (gso) it is a super-packet with its header:
 * p is as envelope_gso_read gives it. -1: u->refusal says what cannot be used; call again for what
 * follows it. 0: the end. */
int unpack_next(struct unpack *u, struct envelope_gso_packet *p);

#endif
