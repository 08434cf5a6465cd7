/* unpack.h - a bus message to the packets in it, by its content type. Super-packets are cut into the packets that they
 * stand for. Never allocates after unpack_init, never trusts a length; what cannot be read is refused with its reason,
 * what came before it is good. */
#ifndef UNPACK_H
#define UNPACK_H

#include "bus.h"
#include "envelope.h"
#include "packet.h"

struct unpack {
	const struct bus_message *message;
	enum unpack_form { UNPACK_UNKNOWN, UNPACK_JSON, UNPACK_PCAP, UNPACK_GSO } form;
	bool ended, segmenting;
	uint16_t link_type; /* of a JSON body: by its key */
	int64_t arrival_ns;
	struct envelope_pcap_reader pcap;
	struct envelope_gso_reader gso;
	struct envelope_segmenter segmenter;
	size_t offset; /* after an error: where in the body */
	uint8_t octets[ENVELOPE_PACKET_MAX];
};

enum { UNPACK_ECONTENT = -100 }; /* a content type that is not read here */

/* 0, or a negative enum envelope_error, or UNPACK_ECONTENT. The message must stay valid while its packets are read. */
int unpack_begin(struct unpack *u, const struct bus_message *m, const struct envelope_key *key);
/* 1: a packet, whose time is the message's own or, where it has none, its arrival; valid until the next call. 0: the
 * end. Negative: a record that cannot be used; call again for what follows it. */
int unpack_next(struct unpack *u, struct packet *p);
const char *unpack_strerror(int error);

#endif
