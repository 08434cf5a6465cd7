#include "describe.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "readable.h"
#include "text.h"

/* --- IP --- */

static const char *protocol_name(unsigned number)
{
	static const struct {
		unsigned number;
		const char *name;
	} names[] = {
		{0, "hop-by-hop options"},
		{1, "ICMP"},
		{2, "IGMP"},
		{6, "TCP"},
		{17, "UDP"},
		{41, "IPv6"},
		{43, "routing header"},
		{44, "fragment"},
		{50, "ESP"},
		{51, "AH"},
		{58, "ICMPv6"},
		{59, "no next header"},
		{60, "destination options"},
		{132, "SCTP"},
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

static void add_endpoint(struct text *t, int family, const uint8_t *address, const uint8_t *port)
{
	char shown[INET6_ADDRSTRLEN];

	text_add(t, "%s", inet_ntop(family, address, shown, sizeof shown));
	if (port)
		text_add(t, ".%u", (unsigned)port[0] << 8 | port[1]);
}

static void add_flow(struct text *t, int family, const struct envelope_packet *p, size_t header,
                     unsigned protocol, bool first)
{
	bool is_v6 = family == AF_INET6;
	const uint8_t *source = p->data + (is_v6 ? 8 : 12),
		      *destination = p->data + (is_v6 ? 24 : 16);
	bool has_ports = first && (protocol == IPPROTO_UDP || protocol == IPPROTO_TCP) &&
	                 p->length >= header + 4;
	const char *name = protocol_name(protocol);

	text_add(t, is_v6 ? "IPv6 " : "IPv4 ");
	add_endpoint(t, family, source, has_ports ? p->data + header : NULL);
	text_add(t, " > ");
	add_endpoint(t, family, destination, has_ports ? p->data + header + 2 : NULL);
	if (name)
		text_add(t, ", %s", name);
	else
		text_add(t, ", protocol %u", protocol);
	text_add(t, ", %zu octets", p->length);
}

static void add_ip(struct text *t, const struct envelope_packet *p)
{
	unsigned version = p->length ? p->data[0] >> 4 : 0;

	if (version == 6 && p->length >= 40) {
		add_flow(t, AF_INET6, p, 40, p->data[6], true);
	} else if (version == 4 && p->length >= 20) {
		bool first = ((p->data[6] & 0x1f) | p->data[7]) == 0;
		add_flow(t, AF_INET, p, (size_t)(p->data[0] & 15) * 4, p->data[9], first);
	} else {
		text_add(t, "no IP packet, %zu octets", p->length);
	}
}

size_t describe(char out[DESCRIBE_MAX], const struct envelope_key *key,
                const struct envelope_packet *p)
{
	struct text t = {out, DESCRIBE_MAX - 1, readable_time(out, DESCRIBE_MAX - 1, p->time_ns)};

	text_add(&t, "%s %s", key->direction == ENVELOPE_FROM_AGENT ? "fromAgent" : "toAgent",
	         key->name);
	text_add(&t, "%s%s ", key->peer[0] ? " to " : "", key->peer);
	if (p->link_type == ENVELOPE_LINK_RAW)
		add_ip(&t, p);
	else
		t.length += readable_frame(out + t.length, t.size - t.length, p);
	out[t.length++] = '\n';
	return t.length;
}
