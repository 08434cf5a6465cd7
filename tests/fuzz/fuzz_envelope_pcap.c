/* pcap bodies: packets lie inside the body, the reader ends, and what it gave is written and read
 * again. */
#include <stdlib.h>
#include <string.h>

#include "envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

enum { PACKETS_MAX = 64 };

static void pcap_round_trip(const struct envelope_packet *packets, unsigned count)
{
	static uint8_t body[1 << 16];
	struct envelope_pcap_writer w;
	struct envelope_pcap_reader r;
	struct envelope_packet p;
	unsigned written = 0;

	if (envelope_pcap_writer_init(&w, body, sizeof(body), packets[0].link_type) < 0)
		abort();
	while (written < count && envelope_pcap_write(&w, &packets[written]) == 0)
		written++;
	if (envelope_pcap_reader_init(&r, body, w.length) < 0)
		abort();
	for (unsigned i = 0; i < written; i++) {
		if (envelope_pcap_read(&r, &p) != 1 || p.length != packets[i].length ||
		    memcmp(p.data, packets[i].data, p.length) != 0)
			abort();
		if (p.time_ns != packets[i].time_ns &&
		    packets[i].time_ns / 1000000000 <= UINT32_MAX)
			abort();
	}
	if (envelope_pcap_read(&r, &p) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct envelope_packet packets[PACKETS_MAX], p;
	struct envelope_pcap_reader r;
	unsigned count = 0;
	int outcome;

	if (envelope_pcap_reader_init(&r, in, n) < 0)
		return 0;
	while ((outcome = envelope_pcap_read(&r, &p)) != 0 && outcome != ENVELOPE_EPCAP) {
		if (r.offset > n)
			abort();
		if (outcome != 1)
			continue;
		if (p.data < in || p.length == 0 || p.data + p.length > in + n)
			abort();
		if (count < PACKETS_MAX)
			packets[count++] = p;
	}
	if (count)
		pcap_round_trip(packets, count);
	return 0;
}
