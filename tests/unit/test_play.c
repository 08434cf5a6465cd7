/* bin/amqp-play: ZEP out of every link layer, whole, truncated and at random; when packets are due,
 * whatever times a capture says. */
#include "frame_test.h"

#include <criterion/redirect.h>
#include <unistd.h>

#include "../../bin/amqp-play/pace.h"
#include "../../bin/amqp-play/zep.h"
#include "base/log.h"

TestSuite(zep, .timeout = 60);

/* --- ZEP --- */

#define UDP(ports, length) ports length "0000"
#define IP4(length)                                                                                \
	"4500" length "000100004011"                                                               \
	"0000"                                                                                     \
	"7f0000017f000001"
#define IP6(length)                                                                                \
	"60000000" length "1140"                                                                   \
	"00000000000000000000000000000001"                                                         \
	"00000000000000000000000000000001"
#define ETHERNET                                                                                   \
	"020202020202"                                                                             \
	"020202020202"
#define V2(mode, length)                                                                           \
	"4558"                                                                                     \
	"0201"                                                                                     \
	"0f"                                                                                       \
	"0001" mode "ff"                                                                           \
	"0000000000000000"                                                                         \
	"00000005"                                                                                 \
	"00000000000000000000" length
#define V1(mode, length)                                                                           \
	"4558"                                                                                     \
	"01"                                                                                       \
	"0f"                                                                                       \
	"0001" mode "ff"                                                                           \
	"00000000000000" length
#define FRAME "02006ae479"

static const struct {
	const char *name;
	uint16_t link_type;
	const char *in;
	enum zep_result result;
} vectors[] = {
	{"Ethernet, IPv4, version 2", 1,
         ETHERNET "0800" IP4("0041") UDP("455a455a", "002d") V2("01", "05") FRAME, ZEP_FCS},
	{"LQI mode", 1, ETHERNET "0800" IP4("0041") UDP("455a455a", "002d") V2("00", "05") FRAME,
         ZEP_TI},
	{"version 1", 1, ETHERNET "0800" IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME,
         ZEP_FCS},
	{"version 1, LQI mode", 1,
         ETHERNET "0800" IP4("0031") UDP("455a455a", "001d") V1("00", "05") FRAME, ZEP_TI},
	{"padded", 1,
         ETHERNET "0800" IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME "0000000000",
         ZEP_FCS},
	{"a VLAN", 1,
         ETHERNET "8100000a0800" IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME, ZEP_FCS},
	{"two VLANs, IPv6", 1,
         ETHERNET "88a8000a8100000b86dd" IP6("001d") UDP("455a455a", "001d") V1("01", "05") FRAME,
         ZEP_FCS},
	{"cooked", 113,
         "00000304000600000000000000000800" IP4("0031") UDP("455a455a", "001d") V1("01", "05")
                 FRAME,
         ZEP_FCS},
	{"cooked, version 2", 276,
         "0800000000000001030400060000000000000000" IP4("0031") UDP("455a455a", "001d")
                 V1("01", "05") FRAME,
         ZEP_FCS},
	{"raw IPv4", 101, IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME, ZEP_FCS},
	{"raw IPv6 of DLT_RAW", 12, IP6("001d") UDP("455a455a", "001d") V1("01", "05") FRAME,
         ZEP_FCS},
	{"sent from its port alone", 228, IP4("0031") UDP("455a0035", "001d") V1("01", "05") FRAME,
         ZEP_FCS},
	{"an extension header", 229,
         "60000000"
         "0025"
         "0040"
         "00000000000000000000000000000001"
         "00000000000000000000000000000001"
         "1100010400000000" UDP("0035455a", "001d") V1("01", "05") FRAME,
         ZEP_FCS},
	{"octets behind the frame", 101,
         IP4("0033") UDP("455a455a", "001f") V1("01", "05") FRAME "ffff", ZEP_FCS},
	/* no frames */
	{"another port", 101, IP4("0031") UDP("455b0035", "001d") V1("01", "05") FRAME, ZEP_NONE},
	{"TCP", 101,
         "4500"
         "0031"
         "000100004006"
         "0000"
         "7f0000017f000001" UDP("455a455a", "001d") V1("01", "05") FRAME,
         ZEP_NONE},
	{"a fragment", 101,
         "4500"
         "0031"
         "000120004011"
         "0000"
         "7f0000017f000001" UDP("455a455a", "001d") V1("01", "05") FRAME,
         ZEP_NONE},
	{"an ACK", 101, IP4("0024") UDP("455a455a", "0010") "4558020200000005", ZEP_NONE},
	{"ARP", 1,
         ETHERNET "0806"
                  "0001080006040001",
         ZEP_NONE},
	{"version 3", 101,
         IP4("0031") UDP("455a455a", "001d") "455803"
                                             "0f"
                                             "0001"
                                             "01"
                                             "ff"
                                             "00000000000000"
                                             "05" FRAME,
         ZEP_NONE},
	{"not EX", 101,
         IP4("0031") UDP("455a455a", "001d") "5858"
                                             "01"
                                             "0f"
                                             "0001"
                                             "01"
                                             "ff"
                                             "00000000000000"
                                             "05" FRAME,
         ZEP_NONE},
	{"of no link type that has IP", 230,
         IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME, ZEP_NONE},
	{"a UDP length beyond the packet", 101,
         IP4("0031") UDP("455a455a", "001e") V1("01", "05") FRAME, ZEP_NONE},
	{"longer than there is", 101, IP4("0031") UDP("455a455a", "001d") V1("01", "06") FRAME,
         ZEP_DAMAGED},
};

static struct envelope_packet packet_of(const uint8_t *octets, size_t n, uint16_t link_type)
{
	return (struct envelope_packet){guarded(octets, n), n, 42, link_type};
}

Test(zep, vectors)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		uint8_t in[256], frame[8];
		size_t n = unhex(in, sizeof in, vectors[i].in),
		       length = unhex(frame, sizeof frame, FRAME);
		struct envelope_packet p = packet_of(in, n, vectors[i].link_type), before = p;
		bool found = vectors[i].result == ZEP_FCS || vectors[i].result == ZEP_TI;

		cr_expect_eq(zep_unwrap(&p), vectors[i].result, "%s", vectors[i].name);
		if (found)
			cr_expect(p.length == length && memcmp(p.data, frame, length) == 0 &&
			                  p.link_type == 195 && p.time_ns == 42,
			          "%s", vectors[i].name);
		else
			cr_expect(memcmp(&p, &before, sizeof p) == 0, "%s", vectors[i].name);
	}
}

static void check(const uint8_t *octets, size_t n, uint16_t link_type)
{
	struct envelope_packet p = packet_of(octets, n, link_type), before = p;

	zep_unwrap(&p);
	cr_assert(p.data >= before.data && p.data + p.length <= before.data + before.length);
}

Test(zep, every_truncation_as_every_link_type)
{
	static const uint16_t types[] = {1, 12, 14, 101, 113, 195, 228, 229, 276, 283};

	for (size_t i = 0; i < COUNT(vectors); i++)
		for (size_t k = 0; k < COUNT(types); k++) {
			uint8_t in[256];
			size_t n = unhex(in, sizeof in, vectors[i].in);

			for (size_t cut = 0; cut <= n; cut++)
				check(in, cut, types[k]);
		}
}

Test(zep, changed_at_random)
{
	random_seed("test_play");
	for (unsigned round = 0; round < 200000; round++) {
		const size_t i = random_next() % COUNT(vectors);
		uint8_t in[256];
		size_t n = unhex(in, sizeof in, vectors[i].in);

		for (unsigned changes = random_next() % 4; changes > 0; changes--)
			in[random_next() % n] = (uint8_t)random_next();
		check(in, n, vectors[i].link_type);
	}
}

/* --- the pace --- */

#define S INT64_C(1000000000)

static char said[4096];

static const char *what_was_said(void)
{
	FILE *f = cr_get_redirected_stderr();

	fflush(stderr);
	close(STDERR_FILENO);
	said[fread(said, 1, sizeof said - 1, f)] = '\0';
	return said;
}

Test(pace, as_captured)
{
	struct pace p = {.name = "x", .speed = 2};

	cr_assert_eq(pace_due(&p, 1000 * S, 5), 5);
	cr_assert_eq(pace_due(&p, 1010 * S, 7), 5 + 5 * S);
	cr_assert_eq(pace_due(&p, 1009 * S, 7), 5 + 5 * S, "it steps back");
	cr_assert_eq(pace_due(&p, 1011 * S, 7), 5 + 6 * S);
	cr_assert_eq(pace_due(&p, 0, 7), 5 + 6 * S, "no time");
	cr_assert_eq(pace_due(&p, 1013 * S, 7), 5 + 7 * S);
}

Test(pace, a_gap_is_bounded)
{
	struct pace p = {.name = "x", .speed = 1, .max_gap = 1.5};

	cr_redirect_stderr();
	pace_due(&p, S, 1);
	cr_assert_eq(pace_due(&p, 2 * S, 1), 1 + S);
	cr_assert_eq(pace_due(&p, 1764000000 * S, 1), 1 + S + S * 3 / 2);
	cr_assert_str_eq(what_was_said(), "");
}

Test(pace, a_long_pause_is_told_of_and_the_next_that_is_twice_as_long)
{
	struct pace p = {.name = "x", .speed = 1};

	cr_redirect_stderr();
	log_open("tool");
	pace_due(&p, S, 1);
	pace_due(&p, 61 * S, 1); /* a minute */
	pace_due(&p, 151 * S, 1);
	pace_due(&p, 250 * S, 1);
	pace_due(&p, 500 * S, 1);
	cr_assert_eq(pace_due(&p, 1764000000 * S, 1), 1 + 1763999999 * S);
	cr_assert_str_eq(what_was_said(), "tool: x: the next packet is due in 90 s, as it was "
	                                  "captured (--max-gap SECONDS bounds such pauses)\n"
	                                  "tool: x: the next packet is due in 4 minutes, as it was "
	                                  "captured (--max-gap SECONDS bounds such pauses)\n"
	                                  "tool: x: the next packet is due in 55 years, as it was "
	                                  "captured (--max-gap SECONDS bounds such pauses)\n");
}

Test(pace, a_clock_that_was_not_set_yet_is_told_of_once)
{
	struct pace p = {.name = "x", .speed = 1};

	cr_redirect_stderr();
	log_open("tool");
	cr_assert_eq(pace_due(&p, 0, 1), 1);
	cr_assert_eq(pace_due(&p, 1764000000 * S, 1), 1);
	cr_assert_eq(pace_due(&p, 1764000000 * S + 1, 1), 2);
	what_was_said();
	cr_assert(strstr(said, "55 years later") && strstr(said, "--max-gap"), "%s", said);
	cr_assert_eq(strchr(said, '\n')[1], '\0', "%s", said);
}

Test(pace, the_longest_pause)
{
	struct pace p = {.name = "x", .speed = 1e-300};

	cr_redirect_stderr();
	pace_due(&p, S, 1);
	cr_assert_eq(pace_due(&p, S + 1, 1), 1 + 9000000000 * S);
}

/* Under the sanitizers, too. */
Test(pace, no_times_are_too_far_apart)
{
	static const int64_t times[] = {INT64_MIN, INT64_MAX,    -1,        1,
	                                INT64_MIN, INT64_MAX,    INT64_MAX, INT64_MIN + 1,
	                                0,         INT64_MAX - 1};
	static const double speeds[] = {1, 1e-300, 1e300, 1e6, 5e-324};

	cr_redirect_stderr();
	for (size_t s = 0; s < COUNT(speeds); s++) {
		struct pace p = {.name = "x", .speed = speeds[s]};
		int64_t last = 0;

		for (size_t i = 0; i < 20 * COUNT(times); i++) {
			int64_t due = pace_due(&p, times[i % COUNT(times)], INT64_MAX / 2);

			cr_assert(due >= last && due > 0);
			last = due;
		}
	}
}
