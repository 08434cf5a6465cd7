#include "describe.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/text.h"
#include "packet/fields.h"
#include "packet/lines.h"
#include "packet/words.h"

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

	words_add(t, inet_ntop(family, address, shown, sizeof shown));
	if (port)
		words_field(t, ".", (unsigned)port[0] << 8 | port[1]);
}

static void add_flow(struct text *t, const struct envelope_ip *ip, const struct envelope_packet *p)
{
	int family = ip->version == 6 ? AF_INET6 : AF_INET;
	bool has_ports = (ip->protocol == IPPROTO_UDP || ip->protocol == IPPROTO_TCP) &&
	                 ip->fragment_offset == 0 && p->length >= ip->header + 4;
	const uint8_t *ports = has_ports ? p->data + ip->header : NULL;
	const char *name = protocol_name(ip->protocol);

	words_field(t, "IPv", ip->version);
	words_add(t, " ");
	add_endpoint(t, family, ip->source, ports);
	words_add(t, " > ");
	add_endpoint(t, family, ip->destination, ports ? ports + 2 : NULL);
	if (name) {
		words_add(t, ", ");
		words_add(t, name);
	} else {
		words_field(t, ", protocol ", ip->protocol);
	}
	words_field(t, ", ", p->length);
	words_add(t, " octets");
}

static void add_ip(struct text *t, const struct envelope_packet *p)
{
	struct envelope_ip ip;

	if (envelope_ip_parse(&ip, p->data, p->length, NULL) == ENVELOPE_OK)
		add_flow(t, &ip, p);
	else
		text_add(t, "no IP packet, %zu octets", p->length);
}

size_t describe(char *out, size_t size, const struct envelope_key *key,
                const struct envelope_packet *p, struct frame_keys *keys)
{
	struct text t = {out, size, readable_time(out, size, p->time_ns)};

	words_add(&t, key->direction == ENVELOPE_FROM_AGENT ? "fromAgent " : "toAgent ");
	words_add(&t, key->name);
	if (key->peer[0])
		words_add(&t, " to ");
	words_add(&t, key->peer);
	words_add(&t, " ");
	if (p->link_type == ENVELOPE_LINK_RAW)
		add_ip(&t, p);
	else
		t.length += frame_keys_line(keys, out + t.length, t.size - t.length, p);
	return t.length;
}

/* --- in full --- */

static void write_address(struct fields *f, const char *key, int family, const uint8_t *address)
{
	char shown[INET6_ADDRSTRLEN];

	if (inet_ntop(family, address, shown, sizeof shown))
		fields_words(f, key, shown);
}

static void write_ip(struct fields *f, const struct envelope_ip *ip,
                     const struct envelope_packet *p)
{
	int family = ip->version == 6 ? AF_INET6 : AF_INET;
	const char *name = protocol_name(ip->protocol);

	fields_number(f, "version", ip->version);
	write_address(f, "source", family, ip->source);
	write_address(f, "destination", family, ip->destination);
	fields_number(f, ip->version == 6 ? "hop_limit" : "time_to_live", ip->hop_limit);
	fields_number(f, ip->version == 6 ? "next_header" : "protocol", ip->protocol);
	if (name)
		fields_words(f, "protocol_name", name);
	if (ip->version == 4) {
		fields_bool(f, "dont_fragment", ip->dont_fragment);
		fields_bool(f, "more_fragments", ip->more_fragments);
		fields_number(f, "fragment_offset", ip->fragment_offset);
	}
	fields_number(f, "header_length", ip->header);
	fields_number(f, "length", ip->length);
	if (ip->length != p->length)
		fields_number(f, "octets_here", p->length);
}

size_t describe_block(char *out, size_t size, const struct envelope_packet *p,
                      struct frame_keys *keys)
{
	struct fields f = {.text = {out, size, 0}, .depth = 2};
	struct envelope_fault fault;
	struct envelope_ip ip;

	if (p->link_type != ENVELOPE_LINK_RAW)
		return frame_keys_block(keys, out, size, p);
	out[0] = '\0';
	if (envelope_ip_parse(&ip, p->data, p->length, &fault) == ENVELOPE_OK)
		write_ip(&f, &ip, p);
	else
		fields_words(&f, "fault",
		             p->length && p->data[0] >> 4 == 4 ? "no IPv4 header, RFC 791 3.1"
		                                               : "no IPv6 header, RFC 8200 3");
	return f.text.length;
}
