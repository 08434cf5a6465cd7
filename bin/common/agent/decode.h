/* decode.h - a bus message to the packets, super-packets or frames in it, by its content type.
 * Never allocates, never copies a packet, never trusts a length. What cannot be used is refused
 * with its reason, counted and told at -v; what is before and behind it is good.
 *
 * Content types (docs/envelope.md): pcap and gso bodies by theirs, everything else is read as JSON,
 * since publishers differ in what they call it; one that turns out not to be JSON under a content
 * type of its own is refused for that (DECODE_ENCODING).
 *
 *     struct decoder d = {.wanted = DECODE_IP, .room = room, .room_size = sizeof room};
 *     decode_register(&d, "downlink");                                     once
 *
 *     decode_begin(&d, &message, ENVELOPE_LINK_RAW);
 *     while ((outcome = decode_next(&d, &p)) != 0)
 *         if (outcome > 0)
 *             use p.packet, or p.octets where it is a super-packet;
 */
#ifndef DECODE_H
#define DECODE_H

#include "base/stats.h"
#include "bus/message.h"
#include "envelope.h"
#include "packet/packet.h"

enum decode_wanted { DECODE_IP = 1, DECODE_FRAMES = 2 };

enum decode_reason {
	DECODE_NOT_JSON, /* or JSON of another shape */
	DECODE_OCTET,    /* JSON: a number that is no octet */
	DECODE_NO_DATA,  /* JSON: no data, or none in it */
	DECODE_TOO_LONG, /* JSON: over the caller's room */
	DECODE_NOT_PCAP, /* or damaged from here on: ends the body */
	/* One record, empty or cut; or more than ENVELOPE_RECORDS_MAX of them: the rest is not
	   read. */
	DECODE_RECORD,
	DECODE_LINK_TYPE, /* a capture of something that is not wanted */
	DECODE_NOT_GSO,   /* or damaged from here on, or of another version: ends the body */
	DECODE_HEADER,    /* gso: one virtio_net_hdr that cannot be true of its packet */
	DECODE_ENCODING,  /* gso where IP is not wanted; neither JSON nor called so */
	DECODE_REASONS
};

struct decoder {
	/* the caller's, before the first decode_begin */
	unsigned wanted; /* of enum decode_wanted: one or both */
	uint8_t *room;   /* where the octets of a JSON body go; ENVELOPE_PACKET_MAX holds every
	                  packet */
	size_t room_size;
	/* What a reason is counted as in the statistics; NULL: "rejected_REASON"
	 * ("rejected_octet"). Reasons of one name share a counter. */
	const char *names[DECODE_REASONS];

	/* after decode_next has returned -1 */
	struct decode_refusal {
		enum decode_reason reason;
		const char *words; /* static */
		size_t offset;     /* in the body */
	} refusal;

	/* private */
	const struct bus_message *message;
	enum decode_form {
		DECODE_FORM_JSON,
		DECODE_FORM_UNNAMED,
		DECODE_FORM_PCAP,
		DECODE_FORM_GSO,
		DECODE_FORM_REFUSED,
		DECODE_FORM_ENDED
	} form;
	uint16_t json_link_type;
	struct envelope_pcap_reader pcap;
	struct envelope_gso_reader gso;
	struct counter counters[DECODE_REASONS];
	unsigned counter_of[DECODE_REASONS];
};

/* The counters of refusals, under this section of the statistics: before threads start; d: static
 * storage, for good. */
void decode_register(struct decoder *d, const char *section);

/* m must stay valid while its packets are read. json_link_type: what a JSON body holds, which its
 * routing key tells: ENVELOPE_LINK_RAW or ENVELOPE_LINK_IEEE802_15_4_NOFCS. */
void decode_begin(struct decoder *d, const struct bus_message *m, uint16_t json_link_type);
/* 1: p->packet is the next one, in the body or, of JSON, in the room; its time is what its sender
 * wrote, 0 where that is nothing: an integer, which the old library makes of every time, says no
 * more than the arrival does; nor does what agents of API v0 write of a frame. p->octets is NULL,
 * or (gso) it is a super-packet with its header: p is as envelope_gso_next gives it. -1: d->refusal
 * says what cannot be used, and it has been counted; call again for what follows it. 0: the end. */
int decode_next(struct decoder *d, struct envelope_gso_packet *p);

/* What the caller refuses itself, of the message that is being read, is counted and told the same
 * way. */
void decode_refuse(struct decoder *d, enum decode_reason reason, const char *words, size_t offset);
/* Told alone, for what the caller counts itself. counter: its name. */
void decode_tell(const struct bus_message *m, const char *counter, const char *words,
                 size_t offset);

#endif
