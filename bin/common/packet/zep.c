#include "packet/zep.h"

#include <netinet/in.h>
#include <string.h>

#include "envelope_ip.h"
#include "packet/link_layer.h"

enum { UDP_HEADER = 8, ZEP_PORT = 17754 };
/* "EX", version; of version 2: type. Then channel, device (two octets), mode, LQI. */
enum { VERSION_AT = 2, TYPE_AT = 3, DATA = 1, ACK = 2, V1_CHANNEL_AT = 3, V2_CHANNEL_AT = 4 };
enum { MODE = 3, LQI = 4 }; /* from the channel's place */
enum { V1_HEADER = 16, V2_HEADER = 32, V2_ACK = 8, LENGTH_BITS = 0x7f, NO_LQI = 0xff };

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
	return link_layer_is_raw_ip(link_type) || link_layer_has_header(link_type);
}

/* Leaves what UDP carries, where a port is ours. */
static bool skip_ip(struct view *v)
{
	struct envelope_ip ip;
	struct envelope_transport t;

	if (envelope_ip_parse(&ip, v->data, v->length, NULL) < 0 || ip.length > v->length)
		return false;
	v->length = ip.length;
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

static bool is_ack(const struct view *v)
{
	return v->length >= V2_ACK && memcmp(v->data, "EX", 2) == 0 && v->data[VERSION_AT] == 2 &&
	       v->data[TYPE_AT] == ACK;
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

static enum zep_result read_radio(struct zep_radio *radio, const uint8_t *channel_at)
{
	uint8_t lqi = channel_at[LQI];
	bool has_fcs = channel_at[MODE];

	*radio = (struct zep_radio){.channel = channel_at[0],
	                            .has_lqi = !has_fcs || (lqi != 0 && lqi != NO_LQI),
	                            .lqi = lqi};
	return has_fcs ? ZEP_FCS : ZEP_TI;
}

enum zep_result zep_unwrap(struct envelope_packet *p, struct zep_radio *radio)
{
	struct envelope_packet packet = *p;

	if (!link_layer_strip(&packet))
		return ZEP_NONE;
	struct view v = {packet.data, packet.length};
	if (!skip_ip(&v))
		return ZEP_NONE;
	size_t header = header_of(&v);
	if (!header)
		return is_ack(&v) ? ZEP_ACK : ZEP_NONE;
	const uint8_t *begin = v.data;
	size_t length = begin[header - 1] & LENGTH_BITS;
	skip(&v, header);
	if (length > v.length)
		return ZEP_DAMAGED;
	p->data = v.data;
	p->length = length;
	p->link_type = ENVELOPE_LINK_IEEE802_15_4_WITHFCS;
	return read_radio(radio, begin + (header == V1_HEADER ? V1_CHANNEL_AT : V2_CHANNEL_AT));
}
