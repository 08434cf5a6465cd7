#include "zep.h"

#include <netinet/in.h>
#include <string.h>

#include "envelope_ip.h"

enum {
	LINK_ETHERNET = 1,
	LINK_COOKED = 113,
	LINK_COOKED_2 = 276,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229
};
enum { DLT_RAW_LINUX = 12, DLT_RAW_OPENBSD = 14 };
enum { ETHERNET_TYPE_AT = 12, COOKED_TYPE_AT = 14, COOKED_2_HEADER = 20, TYPE_SIZE = 2 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_VLAN = 0x8100, TYPE_PROVIDER_VLAN = 0x88a8 };
enum { VLAN_TAG = 4, UDP_HEADER = 8, ZEP_PORT = 17754 };
/* "EX", version; of version 2: type. */
enum { VERSION_AT = 2, TYPE_AT = 3, DATA = 1, V1_MODE_AT = 6, V2_MODE_AT = 7 };
enum { V1_HEADER = 16, V2_HEADER = 32, LENGTH_BITS = 0x7f };

/* Octets under way through the layers. */
struct view {
	const uint8_t *data;
	size_t length;
};

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static bool skip(struct view *v, size_t n)
{
	if (v->length < n)
		return false;
	v->data += n;
	v->length -= n;
	return true;
}

bool zep_may_hold(uint16_t link_type)
{
	return link_type == LINK_ETHERNET || link_type == LINK_COOKED || link_type == LINK_COOKED_2;
}

/* Leaves what is behind the link layer's header, whose type says that it is IP. */
static bool skip_link(struct view *v, uint16_t link_type)
{
	size_t type_at = link_type == LINK_ETHERNET ? ETHERNET_TYPE_AT
	                 : link_type == LINK_COOKED ? COOKED_TYPE_AT
	                                            : 0;
	size_t rest = link_type == LINK_COOKED_2 ? COOKED_2_HEADER - TYPE_SIZE : 0;

	if (!zep_may_hold(link_type))
		return link_type == ENVELOPE_LINK_RAW || link_type == LINK_IPV4 ||
		       link_type == LINK_IPV6 || link_type == DLT_RAW_LINUX ||
		       link_type == DLT_RAW_OPENBSD;
	if (!skip(v, type_at) || v->length < TYPE_SIZE)
		return false;
	unsigned type = get16(v->data);
	while (!rest && (type == TYPE_VLAN || type == TYPE_PROVIDER_VLAN)) {
		if (!skip(v, VLAN_TAG) || v->length < TYPE_SIZE)
			return false;
		type = get16(v->data);
	}
	return (type == TYPE_IPV4 || type == TYPE_IPV6) && skip(v, TYPE_SIZE + rest);
}

/* Leaves what UDP carries, where a port is ours. */
static bool skip_ip(struct view *v)
{
	struct envelope_ip ip;
	struct envelope_transport t;

	if (envelope_ip_parse(&ip, v->data, v->length, NULL) < 0 || ip.length > v->length)
		return false;
	v->length = ip.length; /* Ethernet pads */
	if (envelope_ip_transport(&t, &ip, v->data, v->length, NULL) < 0 || t.fragmented ||
	    t.protocol != IPPROTO_UDP || !skip(v, t.offset) || v->length < UDP_HEADER)
		return false;
	bool ours = get16(v->data) == ZEP_PORT || get16(v->data + 2) == ZEP_PORT;
	size_t length = get16(v->data + 4);
	if (!ours || length < UDP_HEADER || length > v->length)
		return false;
	v->length = length;
	return skip(v, UDP_HEADER);
}

/* Octets of the header before a frame; 0: there is none. */
static size_t header_of(const struct view *v)
{
	if (v->length < V1_HEADER || memcmp(v->data, "EX", 2) != 0)
		return 0;
	if (v->data[VERSION_AT] == 1)
		return V1_HEADER;
	return v->data[VERSION_AT] == 2 && v->data[TYPE_AT] == DATA && v->length >= V2_HEADER
	               ? V2_HEADER
	               : 0;
}

enum zep_result zep_unwrap(struct envelope_packet *p)
{
	struct view v = {p->data, p->length};

	if (!skip_link(&v, p->link_type) || !skip_ip(&v))
		return ZEP_NONE;
	size_t header = header_of(&v);
	if (!header)
		return ZEP_NONE;
	size_t length = v.data[header - 1] & LENGTH_BITS;
	bool has_fcs = v.data[header == V1_HEADER ? V1_MODE_AT : V2_MODE_AT];
	skip(&v, header);
	if (length > v.length)
		return ZEP_DAMAGED;
	p->data = v.data;
	p->length = length;
	p->link_type = ENVELOPE_LINK_IEEE802_15_4_WITHFCS;
	return has_fcs ? ZEP_FCS : ZEP_TI;
}
