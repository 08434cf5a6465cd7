#include "capture/ip_filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>

enum { OPTIMIZED = 1, SNAPSHOT_LENGTH = 262144 };

struct ip_filter {
	struct bpf_program program;
};

struct ip_filter *ip_filter_new(const char *expression, struct why *why)
{
	struct ip_filter *f = calloc(1, sizeof *f);
	pcap_t *pcap = pcap_open_dead(DLT_RAW, SNAPSHOT_LENGTH);
	int result = -1;

	if (!f || !pcap)
		why_set(why, "out of memory");
	else if ((result = pcap_compile(pcap, &f->program, expression, OPTIMIZED,
	                                PCAP_NETMASK_UNKNOWN)) < 0)
		why_set(why, "%s", pcap_geterr(pcap));
	if (pcap)
		pcap_close(pcap);
	if (result == 0)
		return f;
	free(f);
	return NULL;
}

bool ip_filter_passes(const struct ip_filter *f, const struct envelope_packet *p)
{
	const struct pcap_pkthdr header = {.caplen = (bpf_u_int32)p->length,
	                                   .len = (bpf_u_int32)p->length};

	return pcap_offline_filter(&f->program, &header, p->data) != 0;
}

void ip_filter_free(struct ip_filter *f)
{
	if (f)
		pcap_freecode(&f->program);
	free(f);
}
