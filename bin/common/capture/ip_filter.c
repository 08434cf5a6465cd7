#include "capture/ip_filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>

struct ip_filter {
	struct bpf_program program;
};

struct ip_filter *ip_filter_new(const char *expression, struct why *why)
{
	pcap_t *none = pcap_open_dead(DLT_RAW, ENVELOPE_PACKET_MAX);
	struct ip_filter *f = calloc(1, sizeof *f);
	int status = -1;

	if (!none || !f)
		why_set(why, "out of memory");
	else if ((status = pcap_compile(none, &f->program, expression, 1, PCAP_NETMASK_UNKNOWN)) <
	         0)
		why_set(why, "%s", pcap_geterr(none));
	if (none)
		pcap_close(none);
	if (status == 0)
		return f;
	free(f);
	return NULL;
}

bool ip_filter_passes(const struct ip_filter *f, const struct envelope_packet *p)
{
	struct pcap_pkthdr h = {.caplen = (bpf_u_int32)p->length, .len = (bpf_u_int32)p->length};

	return pcap_offline_filter(&f->program, &h, p->data) != 0;
}

void ip_filter_free(struct ip_filter *f)
{
	if (f)
		pcap_freecode(&f->program);
	free(f);
}
