/* envelope_gso.h - super-packets: packets of up to 64 KiB that stand for many, as a TUN with
 * segmentation offload has them (encoding gso, docs/envelope.md). Never allocates, never does I/O.
 * Part of envelope.h. */
#ifndef ENVELOPE_GSO_H
#define ENVELOPE_GSO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "envelope_error.h"
#include "envelope_packet.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENVELOPE_VNET_HEADER 10
enum envelope_vnet_flags { ENVELOPE_VNET_NEEDS_CSUM = 1, ENVELOPE_VNET_DATA_VALID = 2 };
enum envelope_vnet_type {
	ENVELOPE_VNET_NONE = 0,
	ENVELOPE_VNET_TCPV4 = 1,
	ENVELOPE_VNET_TCPV6 = 4,
	ENVELOPE_VNET_UDP_L4 = 5,
	ENVELOPE_VNET_ECN = 0x80, /* with the TCP types */
};

/* struct virtio_net_hdr of virtio 1.2, 5.1.6; all zero: a packet that is as it should be. */
struct envelope_vnet {
	uint8_t flags, gso_type; /* the enums above */
	uint16_t hdr_len, gso_size, csum_start, csum_offset;
};
/* Little-endian, as a TUN with IFF_VNET_HDR and TUNSETVNETLE has it. */
ENVELOPE_API void envelope_vnet_parse(struct envelope_vnet *h,
                                      const uint8_t octets[ENVELOPE_VNET_HEADER]);
ENVELOPE_API void envelope_vnet_build(uint8_t octets[ENVELOPE_VNET_HEADER],
                                      const struct envelope_vnet *h);
/* 0 where the header can be true of the packet, and what is cut from it stays in proportion to its
 * length, else ENVELOPE_EVNET: unknown flags or types; a checksum outside the packet or inside its
 * IP header; hdr_len beyond the packet; offload of what is no whole TCP or UDP packet of that IP
 * version, whose IP length is not its length, without NEEDS_CSUM at its checksum, without payload,
 * with gso_size 65535 or under ENVELOPE_SEGMENT_MIN, with more than ENVELOPE_SEGMENT_HEADERS_MAX
 * octets of headers, or UDP of more than 128 segments. Linux takes what passes. */
ENVELOPE_API int envelope_vnet_check(const struct envelope_vnet *h, const uint8_t *packet,
                                     size_t length);
/* Octets of payload in each segment but the last, and of its headers: so a super-packet has at most
 * 1366 segments, and they together 7 times its octets. */
#define ENVELOPE_SEGMENT_MIN         48
#define ENVELOPE_SEGMENT_HEADERS_MAX 256
/* The same without these two bounds: of what this host's own kernel made. Never of what came from
 * elsewhere. */
ENVELOPE_API int envelope_vnet_check_own(const struct envelope_vnet *h, const uint8_t *packet,
                                         size_t length);
/* Octets of the headers that each segment has before its payload, 0 where there is no offload. The
 * header has passed envelope_vnet_check with this packet. */
ENVELOPE_API size_t envelope_vnet_headers(const struct envelope_vnet *h, const uint8_t *packet);

#define ENVELOPE_RECORDS_MAX 65536 /* packets in one body, pcap or gso: read and written */
#define ENVELOPE_GSO_HEADER  8
#define ENVELOPE_GSO_RECORD  12 /* before the virtio_net_hdr of each packet */

struct envelope_gso_packet {
	struct envelope_packet packet; /* ENVELOPE_LINK_RAW */
	struct envelope_vnet vnet;
	const uint8_t *octets; /* virtio_net_hdr and packet as one, for write(2) to such a TUN */
	size_t octet_count;
};

struct envelope_gso_writer {
	uint8_t *out;
	size_t size, length;
	unsigned records;
};
/* 0 or ESPACE. */
ENVELOPE_API int envelope_gso_writer_init(struct envelope_gso_writer *w, uint8_t *out, size_t size);
/* Without a copy: where read(2) from such a TUN may put virtio_net_hdr and packet, *room octets at
 * the most; NULL where nothing fits. Nothing is in the body until envelope_gso_commit says how many
 * octets were read: 0, or ENODATA, ETOOLONG, ESPACE, EVNET, and nothing was added. */
ENVELOPE_API uint8_t *envelope_gso_reserve(struct envelope_gso_writer *w, size_t *room);
ENVELOPE_API int envelope_gso_commit(struct envelope_gso_writer *w, size_t octet_count,
                                     int64_t time_ns);
/* With a copy. */
ENVELOPE_API int envelope_gso_write(struct envelope_gso_writer *w, const struct envelope_vnet *h,
                                    const struct envelope_packet *p);

/* Reader: packets point into the body, their headers are checked. init: 0, EGSO or EVERSION. read:
 * 1 a packet, 0 the end, or what came before is good and:
 * - EGSO: damaged here; each further call says the same
 * - EVNET: this packet's header cannot be true; a further call goes on behind it
 * - ETOOLONG: more than ENVELOPE_RECORDS_MAX packets; the rest is not read */
struct envelope_gso_reader {
	const uint8_t *body;
	size_t length, offset;
	unsigned records;
};
ENVELOPE_API int envelope_gso_reader_init(struct envelope_gso_reader *r, const uint8_t *body,
                                          size_t length);
ENVELOPE_API int envelope_gso_read(struct envelope_gso_reader *r, struct envelope_gso_packet *p);

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
ENVELOPE_API int envelope_segmenter_init(struct envelope_segmenter *s,
                                         const struct envelope_vnet *h,
                                         const struct envelope_packet *p);
/* The same of what envelope_vnet_check_own takes. */
ENVELOPE_API int envelope_segmenter_init_own(struct envelope_segmenter *s,
                                             const struct envelope_vnet *h,
                                             const struct envelope_packet *p);
/* 1: segment is the next packet, in out[0..size), or where it was if it needed no change; 0: there
 * are no more; ESPACE: out is too small, call again (ENVELOPE_PACKET_MAX is always enough). */
ENVELOPE_API int envelope_segmenter_next(struct envelope_segmenter *s, uint8_t *out, size_t size,
                                         struct envelope_packet *segment);

/* The other way round, as Linux does on receipt (GRO): TCP packets that follow one another in one
 * flow become a super-packet of which the segmenter makes the same packets again, octet for octet.
 * What no segmenter would have made (a wrong checksum, a fragment, flags but ACK and PSH, options
 * or an acknowledgement that differ, an id out of order, less than ENVELOPE_SEGMENT_MIN) is
 * refused. */
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
ENVELOPE_API void envelope_merger_init(struct envelope_merger *m, uint8_t *out, size_t size);
/* True: it was copied. False: it does not follow what is there. Once that is finished it may be
 * the first of others; a packet that is refused even then stands alone. */
ENVELOPE_API bool envelope_merger_add(struct envelope_merger *m, const struct envelope_packet *p);
/* How many packets are in *p, which points into out, with the time of the first; then nothing is
 * there. A single one is as it came, with a virtio_net_hdr of zeros. 0: nothing was there. */
ENVELOPE_API unsigned envelope_merger_finish(struct envelope_merger *m,
                                             struct envelope_gso_packet *p);

#ifdef __cplusplus
}
#endif
#endif
