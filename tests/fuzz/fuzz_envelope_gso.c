/* gso bodies: packets lie inside the body, the reader ends; segments of what passed the check add
 * up to it, and their checksums are right. Whatever is merged, packets of a body or segments, is
 * what the segmenter makes of it again. */
#include <stdlib.h>
#include <string.h>

#include "envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static uint16_t folded(const uint8_t *octets, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++) {
		sum += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

static void check_ip(const uint8_t *packet, size_t length)
{
	size_t said = packet[0] >> 4 == 4 ? (size_t)(packet[2] << 8 | packet[3])
	                                  : 40 + (size_t)(packet[4] << 8 | packet[5]);

	if (said != length)
		abort();
	if (packet[0] >> 4 == 4 && folded(packet, (size_t)(packet[0] & 15) * 4, 0) != 0xffff)
		abort();
}

/* Without IPv6 extensions: there may be a routing header among them. */
static void check_transport(const uint8_t *packet, size_t length, size_t transport)
{
	uint32_t sum = (uint32_t)(length - transport);

	if (packet[0] >> 4 == 6 && transport != 40)
		return;
	sum = packet[0] >> 4 == 4 ? folded(packet + 12, 8, sum + packet[9])
	                          : folded(packet + 8, 32, sum + packet[6]);
	if (folded(packet + transport, length - transport, sum) != 0xffff)
		abort();
}

/* --- merging --- */

enum { SIZE = ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX, REMEMBERED = 1 << 18, PACKETS = 1 << 12 };

static struct {
	struct envelope_merger merger;
	uint8_t out[SIZE], octets[REMEMBERED];
	size_t used, lengths[PACKETS];
	unsigned count;
} merged;

static void check_merged(void)
{
	static uint8_t again[ENVELOPE_PACKET_MAX];
	struct envelope_gso_packet p;
	struct envelope_segmenter segmenter;
	struct envelope_packet s;
	size_t at = 0;
	unsigned index = 0;

	if (envelope_merger_finish(&merged.merger, &p) != merged.count)
		abort();
	if (merged.count == 0)
		return;
	if (envelope_segmenter_init(&segmenter, &p.vnet, &p.packet) < 0)
		abort();
	for (; envelope_segmenter_next(&segmenter, again, sizeof(again), &s) == 1; index++) {
		if (index == merged.count || s.length != merged.lengths[index] ||
		    memcmp(s.data, merged.octets + at, s.length) != 0)
			abort();
		at += s.length;
	}
	if (index != merged.count)
		abort();
	merged.count = 0;
	merged.used = 0;
}

static void merge(const struct envelope_packet *p)
{
	if (merged.count == PACKETS || p->length > REMEMBERED - merged.used)
		check_merged();
	if (!envelope_merger_add(&merged.merger, p)) {
		check_merged();
		if (!envelope_merger_add(&merged.merger, p))
			return;
	}
	memcpy(merged.octets + merged.used, p->data, p->length);
	merged.used += p->length;
	merged.lengths[merged.count++] = p->length;
}

static void segment(const struct envelope_gso_packet *p)
{
	static uint8_t out[ENVELOPE_PACKET_MAX];
	struct envelope_packet s;
	struct envelope_segmenter segmenter;
	size_t payload = 0, header = 0;
	bool offload = p->vnet.gso_type != ENVELOPE_VNET_NONE;

	if (envelope_segmenter_init(&segmenter, &p->vnet, &p->packet) < 0)
		abort();
	if (offload) {
		const uint8_t *transport = p->packet.data + p->vnet.csum_start;

		header =
			p->vnet.csum_start +
			(p->vnet.gso_type == ENVELOPE_VNET_UDP_L4 ? 8u : (transport[12] >> 4) * 4u);
	}
	while (envelope_segmenter_next(&segmenter, out, sizeof(out), &s) == 1) {
		if (s.length <= header || s.length > p->packet.length ||
		    s.length - header > (offload ? p->vnet.gso_size : p->packet.length))
			abort();
		if (offload && memcmp(s.data + header, p->packet.data + header + payload,
		                      s.length - header) != 0)
			abort();
		payload += s.length - header;
		merge(&s);
		if (!offload)
			continue;
		check_ip(s.data, s.length);
		check_transport(s.data, s.length, p->vnet.csum_start);
	}
	if (payload != p->packet.length - header)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct envelope_gso_reader r;
	struct envelope_gso_packet p;
	int outcome;

	if (envelope_gso_reader_init(&r, in, n) < 0)
		return 0;
	envelope_merger_init(&merged.merger, merged.out, sizeof(merged.out));
	while ((outcome = envelope_gso_read(&r, &p)) != 0 && outcome != ENVELOPE_EGSO) {
		if (r.offset > n)
			abort();
		if (outcome != 1)
			continue;
		if (p.octets < in || p.octets + p.octet_count > in + n ||
		    p.packet.data != p.octets + ENVELOPE_VNET_HEADER)
			abort();
		segment(&p);
		merge(&p.packet);
	}
	check_merged();
	return 0;
}
