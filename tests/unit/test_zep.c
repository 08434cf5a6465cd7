/* packet/zep.h and link_layer.h: frames and IP packets out of every link layer, whole, truncated
 * and at random. */
#include "frame_test.h"

#include "packet/link_layer.h"
#include "packet/zep.h"

TestSuite(zep, .timeout = 60);

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
	{"a VLAN of old", 1,
         ETHERNET "9100000a8100000b0800" IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME,
         ZEP_FCS},
	{"cooked 2, two VLANs", 276,
         "88a8000000000001030400060000000000000000"
         "000a8100000b0800" IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME,
         ZEP_FCS},
	{"cooked", 113,
         "00000304000600000000000000000800" IP4("0031") UDP("455a455a", "001d") V1("01", "05")
                 FRAME,
         ZEP_FCS},
	{"cooked, version 2", 276,
         "0800000000000001030400060000000000000000" IP4("0031") UDP("455a455a", "001d")
                 V1("01", "05") FRAME,
         ZEP_FCS},
	{"loopback of a little-endian host", 0,
         "02000000" IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME, ZEP_FCS},
	{"loopback of OpenBSD, IPv6", 108,
         "00000018" IP6("001d") UDP("455a455a", "001d") V1("01", "05") FRAME, ZEP_FCS},
	{"loopback of another family", 108,
         "00000007" IP6("001d") UDP("455a455a", "001d") V1("01", "05") FRAME, ZEP_NONE},
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
	{"an ACK", 101, IP4("0024") UDP("455a455a", "0010") "4558020200000005", ZEP_ACK},
	{"half an ACK", 101, IP4("0023") UDP("455a455a", "000f") "45580202000000", ZEP_NONE},
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
		struct zep_radio radio;
		bool found = vectors[i].result == ZEP_FCS || vectors[i].result == ZEP_TI;

		cr_expect_eq(zep_unwrap(&p, &radio), vectors[i].result, "%s", vectors[i].name);
		if (found)
			cr_expect(p.length == length && memcmp(p.data, frame, length) == 0 &&
			                  p.link_type == 195 && p.time_ns == 42,
			          "%s", vectors[i].name);
		else
			cr_expect(memcmp(&p, &before, sizeof p) == 0, "%s", vectors[i].name);
	}
}

Test(zep, what_a_message_says_of_the_radio)
{
	static const struct {
		const char *in;
		unsigned channel;
		bool has_lqi;
		unsigned lqi;
	} cases[] = {
		{IP4("0041") UDP("455a455a", "002d") V2("01", "05") FRAME, 15, false, 0},
		{IP4("0031") UDP("455a455a", "001d") V1("01", "05") FRAME, 15, false, 0},
		{IP4("0031") UDP("455a455a", "001d") "4558011a000100630000000000000005" FRAME, 26,
	         true, 0x63},
		{IP4("0031") UDP("455a455a", "001d") "4558010b000101480000000000000005" FRAME, 11,
	         true, 0x48},
		{IP4("0031") UDP("455a455a", "001d") "4558010b000100ff0000000000000005" FRAME, 11,
	         true, 0xff},
		{IP4("0031") UDP("455a455a", "001d") "4558010b000101000000000000000005" FRAME, 11,
	         false, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t in[256];
		size_t n = unhex(in, sizeof in, cases[i].in);
		struct envelope_packet p = packet_of(in, n, 101);
		struct zep_radio radio;

		cr_assert(zep_unwrap(&p, &radio) <= ZEP_TI && radio.channel == cases[i].channel);
		cr_assert(radio.has_lqi == cases[i].has_lqi, "%zu", i);
		cr_assert(!radio.has_lqi || radio.lqi == cases[i].lqi, "%zu", i);
	}
}

Test(link_layer, padding_goes_and_what_says_no_length_stays)
{
	static const struct {
		uint16_t link_type;
		const char *in;
		size_t left; /* 0: no IP */
	} cases[] = {
		{1, ETHERNET "0800" IP4("001c") UDP("00010002", "0008") "000000000000", 28},
		{1, ETHERNET "0800" IP4("0000") UDP("00010002", "0008") "aabb", 30},
		{1, ETHERNET "0800" IP4("ffff") UDP("00010002", "0008"), 28},
		{1, ETHERNET "86dd" IP6("0008") UDP("00010002", "0008") "0000", 48},
		{1, ETHERNET "86dd" IP6("0000") "0000", 42},
		{1, ETHERNET "0806" IP4("001c") UDP("00010002", "0008"), 0},
		{1, ETHERNET "8100000a0806" IP4("001c"), 0},
		{1, ETHERNET "0800", 0},
		{1, ETHERNET "08", 0},
		{113, "00000304000600000000000000008100000a0800" IP4("0014") "00", 20},
		{276, "8100000000000001030400060000000000000000" IP4("0014"), 0},
		{276,
	         "8100000000000001030400060000000000000000"
	         "000a0800" IP4("0014") "00",
	         20},
		{276,
	         "8100000000000001030400060000000000000000"
	         "000a08",
	         0},
		{276, "0800000000000001030400060000000000000000" IP4("0014") "00", 20},
		{0, "1e000000" IP6("0000"), 40},
		{0, "0000001c" IP6("0000"), 40},
		{0, "02000002" IP4("0014"), 0},
		{0, "020000", 0},
		{108, "0000000a" IP4("0014") "ff", 20},
		{101, IP4("0014") "ff", 21},
		{101, "00", 0},
		{195, IP4("0014"), 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t in[256];
		size_t n = unhex(in, sizeof in, cases[i].in);
		struct envelope_packet p = packet_of(in, n, cases[i].link_type), before = p;

		cr_assert(link_layer_strip(&p) == (cases[i].left != 0), "%zu", i);
		if (cases[i].left)
			cr_assert(p.length == cases[i].left && p.link_type == 101, "%zu: %zu", i,
			          p.length);
		else
			cr_assert(memcmp(&p, &before, sizeof p) == 0, "%zu", i);
	}
}

static void check(const uint8_t *octets, size_t n, uint16_t link_type)
{
	struct envelope_packet p = packet_of(octets, n, link_type), before = p;
	struct zep_radio radio;

	zep_unwrap(&p, &radio);
	cr_assert(p.data >= before.data && p.data + p.length <= before.data + before.length);
}

Test(zep, every_truncation_as_every_link_type)
{
	static const uint16_t types[] = {0, 1, 12, 14, 101, 108, 113, 195, 228, 229, 276, 283};

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
	random_seed("test_zep");
	for (unsigned round = 0; round < 200000; round++) {
		const size_t i = random_next() % COUNT(vectors);
		uint8_t in[256];
		size_t n = unhex(in, sizeof in, vectors[i].in);

		for (unsigned changes = random_next() % 4; changes > 0; changes--)
			in[random_next() % n] = (uint8_t)random_next();
		check(in, n, vectors[i].link_type);
	}
}
