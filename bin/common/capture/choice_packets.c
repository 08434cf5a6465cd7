#include "capture/choice.h"
#include "capture/ip_filter.h"

/* Given twice, the last one counts, as with every option. */
static int read_ip_filter(void *target, const char *value, struct why *why)
{
	struct choice_packets *packets = target;
	struct ip_filter *compiled = ip_filter_new(value, why);

	if (!compiled)
		return -1;
	ip_filter_free(packets->filter);
	*packets = (struct choice_packets){compiled, ip_filter_passes};
	return 0;
}

const struct option_spec choice_packets_specs[] = {
	{SECTION_INPUT, 0, "ip-filter", "EXPRESSION",
         OPTION_OWN(struct choice_options, packets, read_ip_filter),
         .help = "only the IP packets that pass: 'udp port 5683'",
         .more = "In libpcap's language, pcap-filter(7). The others are counted. See 'Filters'."},
	{.name = NULL},
};
