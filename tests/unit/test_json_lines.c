/* bin/common/packet/json_lines: objects of every link type, and whole objects (by jansson) at every
 * truncation and in every room. */
#include "frame_test.h"

#include <jansson.h>

#include "packet/json_lines.h"

TestSuite(json_lines, .timeout = 60);

static const struct {
	const char *name;
	uint16_t link_type;
	int64_t time_ns;
	const char *octets, *begins;
} vectors[] = {
	{"no FCS", 230, 1764097200123456789, "02006a",
         "{\"time\":1764097200.123456789,\"fcs\":\"none\",\"length\":3,\"frame\":{"},
	{"right FCS", 195, 1, "02006ae479",
         "{\"time\":0.000000001,\"fcs\":\"good\",\"length\":3,\"frame\":{"},
	{"wrong FCS", 195, 0, "02006ae478",
         "{\"time\":0.000000000,\"fcs\":\"bad\",\"length\":3,\"frame\":{"},
	{"before 1970", 230, -1500000000, "02006a", "{\"time\":-1.500000000,\"fcs\":\"none\""},
	{"FCS-32", 195, 0, "02006aba945f14",
         "{\"time\":0.000000000,\"fcs\":\"good\",\"length\":3,"},
	{"pseudo-header", 283, 0,
         "00002400 0000010001000000 0100040000008ec2 030003001a000000 0a000100c8000000 02006ae479",
         "{\"time\":0.000000000,\"channel\":26,\"rssi\":-71,\"lqi\":200,\"fcs\":\"good\","
         "\"length\":3,\"frame\":{"},
	{"damaged pseudo-header", 283, 0, "0000ff0002006a",
         "{\"time\":0.000000000,\"error\":\"damaged TAP header\",\"octets\":\"0000ff0002006a\"}"},
	{"empty", 230, 0, "", "{\"time\":0.000000000,\"fcs\":\"none\",\"length\":0,\"frame\":{"},
};

static void check_whole(const char *text, size_t n, const char *name)
{
	json_error_t error;
	json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);

	cr_assert(object, "%s: %s: %s", name, error.text, text);
	cr_expect(json_is_object(object));
	json_decref(object);
}

Test(json_lines, vectors)
{
	static char out[JSON_LINE_MAX];

	for (size_t i = 0; i < COUNT(vectors); i++) {
		uint8_t octets[256];
		size_t length = unhex(octets, sizeof octets, vectors[i].octets);
		struct envelope_packet p = {guarded(octets, length), length, vectors[i].time_ns,
		                            vectors[i].link_type};
		size_t n = json_frame(out, sizeof out, &p);

		cr_expect_eq(n, strlen(out));
		check_whole(out, n, vectors[i].name);
		cr_expect_eq(strncmp(out, vectors[i].begins, strlen(vectors[i].begins)), 0,
		             "%s: %s", vectors[i].name, out);
	}
}

Test(json_lines, truncations)
{
	static char out[JSON_LINE_MAX];

	for (size_t i = 0; i < COUNT(vectors); i++) {
		uint8_t octets[256];
		size_t length = unhex(octets, sizeof octets, vectors[i].octets);

		for (size_t cut = 0; cut <= length; cut++) {
			struct envelope_packet p = {guarded(octets, cut), cut, 7,
			                            vectors[i].link_type};

			check_whole(out, json_frame(out, sizeof out, &p), vectors[i].name);
		}
	}
}

/* A beacon of version 2 that is nothing but IEs of no octets has the longest description. */
Test(json_lines, every_room)
{
	static char out[JSON_LINE_MAX];
	uint8_t octets[2047] = {0x40, 0x22, 0x01};
	struct envelope_packet p = {octets, sizeof octets, 7, 230};
	bool described = false, as_octets = false, as_nothing = false;

	for (size_t at = 3; at + 1 < sizeof octets; at += 2) {
		octets[at] = 0x00;
		octets[at + 1] = 0x0d;
	}
	for (size_t size = 256; size <= sizeof out; size += size < 6000 ? 1 : 1013) {
		check_whole(out, json_frame(out, size, &p), "a beacon of IEs");
		described |= strstr(out, "\"frame\":{") != NULL;
		as_octets |= strstr(out, "\"octets\":\"4022") != NULL;
		as_nothing |= strstr(out, "\"frame\":null") != NULL;
	}
	p.length = 40;
	check_whole(out, json_frame(out, sizeof out, &p), "some of it");
	described |= strstr(out, "\"frame\":{") != NULL;
	cr_expect(described && as_octets && as_nothing);
}

Test(json_lines, random_octets)
{
	static char out[JSON_LINE_MAX];
	static const uint16_t types[] = {195, 230, 283};

	random_seed("json_lines");
	for (int i = 0; i < 30000; i++) {
		uint8_t octets[160];
		size_t length = random_below(sizeof octets);
		struct envelope_packet p = {octets, length, (int64_t)random_next(),
		                            types[random_below(3)]};

		random_octets(octets, length);
		check_whole(out, json_frame(out, sizeof out, &p), "random octets");
	}
}
