/* tun_test.h - for the tests of amqp-tun's own parts: settings and addresses from text, packets. */
#ifndef TUN_TEST_H
#define TUN_TEST_H

#include "../../bin/amqp-tun/address.h"
#include "../../bin/amqp-tun/peers.h"
#include "../../bin/amqp-tun/settings.h"
#include "envelope.h"
#include "inputs.h"
#include "packet/packet.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

TestSuite(tun, .timeout = 60);

/* Of "bbbb::1/64". */
static UNUSED struct address address(const char *text)
{
	struct address a;
	struct why why = {""};

	cr_assert(address_read(&a, text, &why) == 0, "%s: %s", text, why.text);
	return a;
}

static UNUSED struct settings resolved(struct tun_options o)
{
	struct settings s;

	if (!o.mtu)
		o.mtu = 1500;
	/* An address may be nobody's business here. */
	o.wait_start |=
		(o.peers.count || o.peers_old.count) && !o.ipv6 && !o.ipv4 && !o.force_bootstrap;
	if (!o.allowed.count)
		o.allowed = (struct option_strings){{"bbbb::/64", "10.2.0.0/24"}, 2};
	const char *why = settings_resolve(&s, &o);
	cr_assert_null(why, "%s", why);
	return s;
}

#define RESOLVED(...) resolved((struct tun_options){__VA_ARGS__})
#define LIST(...)                                                                                  \
	{                                                                                          \
		.item = {__VA_ARGS__}, .count = COUNT(((const char *[]){__VA_ARGS__}))             \
	}

static UNUSED struct envelope_tun tun(const char *prefix, const char *host)
{
	struct envelope_tun t = {.name = "a"};

	snprintf(t.ipv6_prefix, sizeof t.ipv6_prefix, "%s", prefix);
	snprintf(t.ipv6_host, sizeof t.ipv6_host, "%s", host);
	return t;
}

enum { IPV6_LENGTH = 40 + 8, IPV4_LENGTH = 20 + 8 };

/* An IP packet with 8 octets of payload; returns its length. */
static UNUSED size_t make_packet(uint8_t *out, const char *source, const char *destination)
{
	char text[ADDRESS_TEXT_MAX];

	snprintf(text, sizeof text, "%s/0", source);
	struct address from = address(text);
	snprintf(text, sizeof text, "%s/0", destination);
	struct address to = address(text);
	memset(out, 0, IPV6_LENGTH);
	if (from.family == AF_INET6) {
		out[0] = 0x60;
		out[5] = 8;
		memcpy(out + 8, from.octets, 16);
		memcpy(out + 24, to.octets, 16);
		return IPV6_LENGTH;
	}
	out[0] = 0x45;
	out[3] = IPV4_LENGTH;
	memcpy(out + 12, from.octets, 4);
	memcpy(out + 16, to.octets, 4);
	return IPV4_LENGTH;
}

/* A tun.started of the peer. */
static UNUSED bool hear(struct peers *p, unsigned peer, const char *prefix, const char *host,
                        const char *session, const char *encodings)
{
	struct envelope_tun t = tun(prefix, host);

	snprintf(t.session, sizeof t.session, "%s", session);
	snprintf(t.encodings, sizeof t.encodings, "%s", encodings);
	return peers_note_started(p, peer, &t);
}

/* TCP over IPv6 with 3 segments of 100 octets and one of 20. */
static UNUSED struct envelope_packet tcp_super(uint8_t octets[512], struct envelope_vnet *vnet)
{
	size_t length = 40 + 20 + 320;

	memset(octets, 0, 512);
	make_packet(octets, "bbbb::1", "bbbb::2");
	octets[4] = (uint8_t)((length - 40) >> 8);
	octets[5] = (uint8_t)(length - 40);
	octets[6] = 6;
	octets[40 + 12] = 5 << 4;
	*vnet = (struct envelope_vnet){
		ENVELOPE_VNET_NEEDS_CSUM, ENVELOPE_VNET_TCPV6, 60, 100, 40, 16};
	return (struct envelope_packet){octets, length, 1, ENVELOPE_LINK_RAW};
}

#endif
