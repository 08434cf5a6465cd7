#include "icmp.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

enum {
	ROUTER_ADVERTISEMENT = 9, /* of IPv4: RFC 1256 */
	ROUTER_SOLICITATION = 10,
	CONVERSION_ERROR = 31,      /* RFC 1475 */
	INVERSE_SOLICITATION = 141, /* of IPv6: RFC 3122 */
	INVERSE_ADVERTISEMENT = 142,
	HOME_AGENT_REQUEST = 144, /* RFC 6275; mobile prefixes, certification paths behind it */
	CERTIFICATION_ADVERTISEMENT = 149,    /* RFC 3971 */
	MULTICAST_ROUTER_ADVERTISEMENT = 151, /* RFC 4286, up to 153 */
	MULTICAST_ROUTER_TERMINATION = 153,
};

static enum icmp_kind kind_of_ipv4(uint8_t type)
{
	switch (type) {
	case ICMP_REDIRECT:
		return ICMP_REDIRECTS;
	case ROUTER_ADVERTISEMENT:
	case ROUTER_SOLICITATION:
		return ICMP_DISCOVERS;
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
	case CONVERSION_ERROR:
		return ICMP_REPORTS_AN_ERROR;
	default:
		return ICMP_HARMLESS;
	}
}

static enum icmp_kind kind_of_ipv6(uint8_t type)
{
	if (type == ND_REDIRECT)
		return ICMP_REDIRECTS;
	if (!(type & ICMP6_INFOMSG_MASK))
		return ICMP_REPORTS_AN_ERROR;
	if ((type >= ND_ROUTER_SOLICIT && type <= ICMP6_ROUTER_RENUMBERING) ||
	    (type >= INVERSE_SOLICITATION && type <= INVERSE_ADVERTISEMENT) ||
	    (type >= HOME_AGENT_REQUEST && type <= CERTIFICATION_ADVERTISEMENT) ||
	    (type >= MULTICAST_ROUTER_ADVERTISEMENT && type <= MULTICAST_ROUTER_TERMINATION))
		return ICMP_DISCOVERS;
	return ICMP_HARMLESS;
}

enum icmp_kind icmp_kind(unsigned version, uint8_t protocol, const uint8_t *packet, size_t offset,
                         size_t length)
{
	if (length <= offset || protocol != (version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return ICMP_HARMLESS;
	return version == 4 ? kind_of_ipv4(packet[offset]) : kind_of_ipv6(packet[offset]);
}

int icmp_quoted(struct envelope_ip *quoted, unsigned version, const uint8_t *packet, size_t offset,
                size_t length)
{
	if (length < offset + ICMP_QUOTE_AT ||
	    envelope_ip_parse(quoted, packet + offset + ICMP_QUOTE_AT,
	                      length - offset - ICMP_QUOTE_AT, NULL) < 0)
		return -1;
	return quoted->version == version ? 0 : -1;
}
