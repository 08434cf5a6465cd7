#include "capture/choice.h"
#include "capture/ip_filter.h"

int choice_packets_read(struct choice_packets *packets, const char *expression, struct why *why)
{
	struct ip_filter *compiled = ip_filter_new(expression, why);

	if (!compiled)
		return -1;
	ip_filter_free(packets->filter);
	*packets = (struct choice_packets){.filter = compiled, .passes = ip_filter_passes};
	return 0;
}

int choice_narrow_packets(struct choice_packets *packets, const char *expression, struct why *why)
{
	if (!packets->filter)
		return choice_packets_read(packets, expression, why);
	packets->too = ip_filter_new(expression, why);
	return packets->too ? 0 : -1;
}

/* To libpcap no words are a filter, too, which all packets pass. */
static int read_ip_filter(void *target, const char *value, struct why *why)
{
	return choice_packets_read(target, value, why);
}

const struct option_spec choice_packets_specs[] = {
	{SECTION_INPUT, 0, "ip-filter", "EXPRESSION",
         OPTION_OWN(struct choice_options, packets, read_ip_filter), .yields = "raw",
         .help = "only the IP packets that pass: 'udp port 5683'",
         .more = "In libpcap's language, pcap-filter(7). The others are counted. See 'Filters'."},
	{.name = NULL},
};
