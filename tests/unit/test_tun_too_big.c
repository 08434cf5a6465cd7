/* amqp-tun: the answer to a packet that is too big for the other end. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/check.h"
#include "../../bin/amqp-tun/too_big.h"
#include "tun_test.h"

static uint16_t sum_of(uint32_t sum, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)octets[i] << 8 | octets[i + 1];
	if (length % 2)
		sum += (uint32_t)octets[length - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

Test(tun, what_is_too_big_is_answered)
{
	uint8_t packet[1500] = {0}, out[TOO_BIG_MAX];
	struct ends ends;

	make_packet(packet, "bbbb::1", "bbbb::2");
	packet[4] = 1460 >> 8;
	packet[5] = 1460 & 0xff;
	packet[6] = 17;
	size_t octets = too_big_answer(out, guarded(packet, 1500), 1500, 1280);
	cr_assert_eq(octets, 1280);
	cr_expect_eq(check_read(&ends, out, octets), CHECK_PASSED);
	cr_expect_eq(memcmp(out + 8, packet + 24, 16), 0);
	cr_expect_eq(memcmp(out + 24, packet + 8, 16), 0);
	cr_expect_eq(memcmp(out + 40, (uint8_t[]){2, 0}, 2), 0);
	cr_expect_eq(memcmp(out + 44, (uint8_t[]){0, 0, 0x05, 0x00}, 4), 0, "the MTU");
	cr_expect_eq(memcmp(out + 48, packet, 1232), 0);
	cr_expect_eq(sum_of((uint32_t)octets - 40 + 58, out + 8, octets - 8), 0xffff);

	make_packet(packet, "10.2.0.1", "10.2.0.2");
	packet[2] = 1499 >> 8;
	packet[3] = 1499 & 0xff;
	packet[6] = 0x40;
	packet[9] = 17;
	octets = too_big_answer(out, guarded(packet, 1499), 1499, 1300);
	cr_assert_eq(octets, 576);
	cr_expect_eq(check_read(&ends, out, octets), CHECK_PASSED);
	cr_expect_eq(memcmp(out + 12, (uint8_t[]){10, 2, 0, 2, 10, 2, 0, 1, 3, 4}, 10), 0);
	cr_expect_eq(memcmp(out + 26, (uint8_t[]){0x05, 0x14}, 2), 0);
	cr_expect_eq(sum_of(0, out, 20), 0xffff);
	cr_expect_eq(sum_of(0, out + 20, octets - 20), 0xffff);
	octets = too_big_answer(out, guarded(packet, 101), 101, 1300);
	cr_expect_eq(octets, 28 + 101);
	cr_expect_eq(sum_of(0, out + 20, octets - 20), 0xffff, "an odd number of octets");
}

Test(tun, what_may_not_be_answered_is_not)
{
	static const struct {
		const char *destination, *about;
		size_t at, length;
		uint8_t value, type;
	} cases[] = {
		{"ff02::fd", "multicast", 6, 100, 17, 0},
		{"bbbb::2", "an ICMPv6 error", 6, 100, 58, 1},
		{"bbbb::2", "ICMPv6 without a type", 6, 40, 58, 0},
		{"10.2.0.2", "may be fragmented", 6, 100, 0, 0},
		{"10.2.0.2", "a later fragment", 6, 100, 0x41, 0},
		{"10.2.0.2", "ICMP error", 9, 100, 1, 3},
		{"224.0.0.1", "multicast", 9, 100, 17, 0},
	};
	uint8_t packet[100], out[TOO_BIG_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(packet, 0, sizeof packet);
		make_packet(packet, strchr(cases[i].destination, ':') ? "bbbb::1" : "10.2.0.1",
		            cases[i].destination);
		if (packet[0] == 0x45)
			packet[6] = 0x40;
		packet[packet[0] == 0x45 ? 20 : 40] = cases[i].type;
		packet[cases[i].at] = cases[i].value;
		cr_expect_eq(too_big_answer(out, guarded(packet, cases[i].length), cases[i].length,
		                            1280),
		             0, "%s", cases[i].about);
	}
	memset(packet, 0, sizeof packet);
	make_packet(packet, "bbbb::1", "bbbb::2");
	packet[6] = 58;
	packet[40] = 128;
	cr_expect_eq(too_big_answer(out, packet, 100, 1280), 148, "an echo request is no error");
}
