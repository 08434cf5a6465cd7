/* amqp-tun: IPv4 packets in fragments, against a receiver that puts them together again by RFC 791,
 * and super-packets cut for an MTU. Packets end flush against an unreadable page. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/cut.h"
#include "tun_test.h"

enum { LONGEST = 9000 };

static size_t make_ipv4(uint8_t *out, size_t length, size_t options, unsigned flags)
{
	for (size_t i = 0; i < length; i++)
		out[i] = (uint8_t)(i * 2654435761u >> 13);
	make_packet(out, "10.2.0.1", "10.2.0.2");
	memset(out + 20, 1, options);
	out[0] = (uint8_t)(0x45 + options / 4);
	out[2] = (uint8_t)(length >> 8);
	out[3] = (uint8_t)length;
	out[4] = 0x12;
	out[6] = (uint8_t)(flags >> 8);
	out[7] = (uint8_t)flags;
	out[8] = 64;
	out[9] = 17;
	return length;
}

static unsigned u16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static unsigned sum_of(const uint8_t *octets, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i += 2)
		sum += u16(octets + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The data of a fragment to its place; returns its end where it is the last, else 0. */
static size_t put_together(uint8_t *data, const uint8_t *f, size_t length)
{
	size_t header = (size_t)(f[0] & 15) * 4, at = (size_t)(u16(f + 6) & 0x1fff) * 8;

	cr_assert_eq(u16(f + 2), length);
	cr_assert_eq(sum_of(f, header), 0xffff);
	cr_assert(f[4] == 0x12 && f[8] == 64 && f[9] == 17);
	memcpy(data + at, f + header, length - header);
	return f[6] & 0x20 ? 0 : at + length - header;
}

Test(tun, fragments_make_the_packet_again)
{
	static uint8_t packet[LONGEST], out[LONGEST], data[LONGEST];

	for (size_t mtu = 67; mtu < 1600; mtu += 31)
		for (size_t length = mtu + 1; length < LONGEST; length += 977)
			for (size_t options = 0; options <= 40; options += 20) {
				struct fragmenter f;
				size_t n, end = 0, count = 0;

				make_ipv4(packet, length, options, 0);
				if (mtu < FRAGMENT_MTU_MIN) {
					cr_expect_not(fragmenter_init(&f, packet, length, mtu));
					continue;
				}
				cr_assert(
					fragmenter_init(&f, guarded(packet, length), length, mtu));
				while ((n = fragmenter_next(&f, out))) {
					cr_assert_leq(n, mtu);
					cr_assert_eq(end, 0, "the last one has no more behind it");
					end = put_together(data, out, n);
					count++;
				}
				cr_assert_eq(end, length - 20 - options);
				cr_assert(memcmp(data, packet + 20 + options, end) == 0);
				cr_assert_geq(count, length / mtu);
			}
}

Test(tun, a_fragment_in_fragments)
{
	static uint8_t packet[LONGEST], out[LONGEST];
	struct fragmenter f;
	size_t n, at = 100;

	make_ipv4(packet, 3000, 0, 0x2000 | 100);
	cr_assert(fragmenter_init(&f, packet, 3000, 1500));
	while ((n = fragmenter_next(&f, out))) {
		cr_expect_eq(u16(out + 6), 0x2000 | at, "more follow even the last");
		at += (n - 20) / 8;
	}
	cr_expect_eq(at, 100 + 2980 / 8);
}

Test(tun, options_go_where_they_belong)
{
	static const uint8_t options[] = {7, 7, 4, 0, 0, 0, 0, 1, 148, 4, 0, 0, 0x82, 3, 9, 0};
	static uint8_t packet[LONGEST], out[LONGEST];
	struct fragmenter f;

	make_ipv4(packet, 2000, 16, 0);
	memcpy(packet + 20, options, 16);
	cr_assert(fragmenter_init(&f, packet, 2000, 1000));
	fragmenter_next(&f, out);
	cr_expect(memcmp(out + 20, options, 16) == 0, "all in the first");
	cr_expect_gt(fragmenter_next(&f, out), 0);
	cr_expect_eq(out[0], 0x47);
	cr_expect(memcmp(out + 20, (uint8_t[]){148, 4, 0, 0, 0x82, 3, 9, 0}, 8) == 0);
	packet[20] = 148;
	packet[21] = 0;
	cr_assert(fragmenter_init(&f, packet, 2000, 1000));
	fragmenter_next(&f, out);
	fragmenter_next(&f, out);
	cr_expect_eq(out[0], 0x45, "none behind one that cannot be");
}

Test(tun, what_may_not_be_fragmented)
{
	static uint8_t packet[LONGEST];
	struct fragmenter f;

	make_ipv4(packet, 2000, 0, 0x4000);
	cr_expect_not(fragmenter_init(&f, packet, 2000, 1000), "DF");
	make_ipv4(packet, 2000, 0, 0);
	cr_expect_not(fragmenter_init(&f, packet, 1999, 1000), "cut");
	for (size_t n = 0; n < 20; n++)
		cr_expect_not(fragmenter_init(&f, guarded(packet, n), n, 1000));
	make_packet(packet, "bbbb::1", "bbbb::2");
	cr_expect_not(fragmenter_init(&f, packet, IPV6_LENGTH, 1000), "IPv6");
}

static unsigned cut_up(const struct envelope_vnet *vnet, const struct envelope_packet *p,
                       size_t mtu, size_t *longest)
{
	static struct cut cut;
	struct envelope_packet part;
	unsigned count = 0;

	*longest = 0;
	if (cut_begin(&cut, vnet, p, mtu) < 0)
		return 0;
	for (; cut_next(&cut, &part); count++) {
		cr_expect_eq(part.time_ns, p->time_ns);
		cr_expect_eq(part.link_type, ENVELOPE_LINK_RAW);
		*longest = part.length > *longest ? part.length : *longest;
	}
	return count;
}

Test(tun, super_packets_are_cut_for_an_mtu)
{
	static const struct envelope_vnet none;
	static uint8_t octets[LONGEST];
	uint8_t super[512];
	struct envelope_vnet vnet;
	struct envelope_packet six = tcp_super(super, &vnet), four = {octets, 0, 7, 101};
	size_t longest;

	cr_expect_eq(cut_up(&vnet, &six, 0, &longest), 4);
	cr_expect_eq(longest, 160);
	cr_expect_eq(cut_up(&vnet, &six, 100, &longest), 4, "IPv6 stays as long as it is");
	vnet.gso_size = 10;
	cr_expect_eq(cut_up(&vnet, &six, 0, &longest), 32, "our own kernel's");
	vnet.gso_size = 0;
	cr_expect_eq(cut_up(&vnet, &six, 0, &longest), 0);
	four.length = make_ipv4(octets, 4000, 0, 0);
	cr_expect_eq(cut_up(&none, &four, 0, &longest), 1);
	cr_expect_eq(cut_up(&none, &four, 1500, &longest), 3);
	cr_expect_eq(longest, 1500);
	octets[9] = 6;
	octets[20 + 12] = 5 << 4;
	vnet = (struct envelope_vnet){
		ENVELOPE_VNET_NEEDS_CSUM, ENVELOPE_VNET_TCPV4, 40, 1960, 20, 16};
	cr_expect_eq(cut_up(&vnet, &four, 1500, &longest), 5, "2000, 2000 and 80 octets");
	cr_expect_leq(longest, 1500);
}
