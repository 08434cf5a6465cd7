/* libframe over what fuzzing found, flush against an unreadable page, and over the frames that
 * other projects test with: $CORPUS/frames/frames.tsv, else ../shared/corpus, where there is
 * one. */
#include "frame_test.h"

#define LLVMFuzzerTestOneInput fuzz_parse
#include "../fuzz/fuzz_frame_parse.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_build
#include "../fuzz/fuzz_frame_build.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_tap
#include "../fuzz/fuzz_frame_tap.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_text
#include "../fuzz/fuzz_frame_text.c"

/* What each of them is, read by hand with the standard beside it. */
static const struct {
	const char *id, *line;
} expected[] = {
	{"ot-immack-v1", "Ack v1 seq 94"},
	{"ot-datareq-v1-sec",
         "Command v1 seq 133 0a:2b:ac:db:c9:25:81:6e > face/b2:8d:45:74:d9:07:36:47, ack request, "
         "security "
         "ENC-MIC-32 counter 0 key 1, Data Request, payload 1, MIC 4"},
	{"ot-data-v2-ext-ext", "Data v2 seq 83 16:6e:0a:00:00:00:00:05 > "
                               "face/16:6e:0a:00:00:00:00:01, ack request, security "
                               "ENC-MIC-32 counter 1 key 1, MIC 4"},
	{"ot-datareq-v2-csl",
         "Command v2 seq 141 6801 > face/6800, ack request, security ENC-MIC-32 counter 8 "
         "key 1, CSL phase 3053 period 3125, payload 1 (encrypted), MIC 4"},
	{"ot-data-v1-ext-ext-frag", "Data v1 seq 189 16:6e:0a:00:00:00:00:02 > "
                                    "face/16:6e:0a:00:00:00:00:01, ack request, payload 77 "
                                    "(Thread MLE)"},
	{"ot-data-v2-short-sec", "Data v2 seq 142 2400 > face/2402, ack request, security "
                                 "ENC-MIC-32 counter 2 key 1, payload 14 "
                                 "(encrypted), MIC 4"},
	{"ot-bit8-v0",
         "Beacon v0 seq 17"
         ", bad: ends inside a field at octet 3 (7.3.1.4 Superframe Specification field)"},
	{"ot-bit8-v1",
         "Beacon v1 seq 34"
         ", bad: ends inside a field at octet 3 (7.3.1.4 Superframe Specification field)"},
	{"ot-bit8-v2", "Beacon v2, payload 1"},
	{"ot-nobit8-v2", "Beacon v2 seq 68"},
	{"ot-invalid-mp", "Multipurpose v0 seq 0, payload 1"},
	{"ot-invalid-v3",
         "Data v3 seq 1, bad: reserved frame version at octet 1 (7.2.2.10 Frame Version field)"},
	{"zephyr-ns", "Data v1 seq 69 00:12:4b:00:00:9e:a3:c2 > abcd/ffff, payload 65 (6LoWPAN)"},
	{"zephyr-ack", "Ack v1 seq 22"},
	{"zephyr-beacon",
         "Beacon v1 seq 17 abcd/00:12:4b:00:00:9e:a3:c2 > -, beacon order 0 superframe "
         "order 0 final CAP slot 0, payload 6"},
	{"zephyr-sec7", "Data v1 seq 69 00:12:4b:00:00:9e:a3:c2 > abcd/ffff, security ENC-MIC-128 "
                        "counter 3, payload 4 "
                        "(encrypted), MIC 16"},
	{"zephyr-raw", "Data v0 seq 139 0023/ae:c2:4a:1c:21:16:e2:60 > ffff/0002, payload 3"},
	{"zephyr-ns-ar",
         "Data v1 seq 22 00:12:4b:00:00:9e:a3:c2 > abcd/5678, ack request, payload 49 (6LoWPAN)"},
	{"d15-eb-tsch",
         "Beacon v2 00:01:00:01:00:01:00:01 > abcd/ffff, ASN 14 join metric 0, timeslot "
         "template 0, hopping sequence 0, no slotframe"},
	{"d15-eb-tsch-sf",
         "Beacon v2 00:01:00:01:00:01:00:01 > abcd/ffff, ASN 17 join metric 0, timeslot "
         "template 1 of 10000 us, hopping sequence 0, slotframe 0 of 17 slots links 2"},
	{"d15-enhack-tc",
         "Ack v2 seq 55 - > abcd/00:02:00:02:00:02:00:02, Time Correction -31 us NACK"},
	{"d15-data-v1", "Data v1 seq 1 00:12:4b:00:14:b5:d9:c7 > abcd/ffff, payload 4"},
	{"d15-fcs-0",
         "Beacon v2 00:01:00:01:00:01:00:01 > abcd/ffff, ASN 17 join metric 0, timeslot "
         "template 1 of 10000 us, hopping sequence 0, slotframe 0 of 17 slots links 1"},
	{"d15-fcs-1", "Data v2 00:01:00:01:00:01:00:01 > abcd/ffff, payload 80 (6LoWPAN)"},
	{"d15-fcs-2", "Ack v2 seq 141 - > abcd/00:02:00:02:00:02:00:02, Time Correction 0 us"},
	{"rs-ack", "Ack v0 seq 4"},
	{"rs-frame-01", "Data v0 seq 145 4433 > 208f/ffff, payload 2"},
	{"rs-frame-02", "Data v0 seq 145 208f/ffff > -, payload 4, bad: PAN ID compression without "
                        "two addresses at octet 0 "
                        "(7.2.2.6 PAN ID Compression field)"},
	{"rs-frame-03",
         "Data v0 seq 139 0023/ae:c2:4a:1c:21:16:e2:60 > ffff/0002, ack request, payload 3"},
	{"rs-frame-04", "Data v0 seq 1 4321/9abc > 1234/5678, payload 2"},
	{"rs-frame-05",
         "Beacon v1 seq 255 4321/9abc > 1234/11:22:33:44:55:66:77:88, pending, beacon "
         "order 15 superframe order 15 final CAP slot 15, payload 6"},
	{"rs-frame-06", "Ack v0 seq 255 9abc > 1234/11:22:33:44:55:66:77:88"},
	{"rs-frame-07", "Command v2 seq 255 1234/9abc > -, ack request, Data Request, payload 1"},
	{"rs-sec-doc", "Data v2 seq 127 00:00:00:00:00:01:01:11 > 0111/00:00:00:00:00:00:00:02, "
                       "security none counter 7936, "
                       "payload 30"},
	{"ieee-c21-beacon",
         "Beacon v1 seq 132 4321/ac:de:48:00:00:00:00:01 > -, security MIC-64 counter 5, "
         "beacon order 5 superframe order 5 final CAP slot 15, PAN coordinator, "
         "association permit, payload 8, MIC 8"},
	{"ieee-c22-data", "Data v1 seq 132 ac:de:48:00:00:00:00:01 > 4321/ac:de:48:00:00:00:00:02, "
                          "ack request, security ENC "
                          "counter 5, payload 4 (encrypted)"},
	{"ieee-c23-cmd",
         "Command v1 seq 132 ffff/ac:de:48:00:00:00:00:01 > 4321/ac:de:48:00:00:00:00:02, ack "
         "request, "
         "security ENC-MIC-64 counter 5, Association Request, payload 2 (encrypted), MIC 8"},
};

static FILE *corpus(void)
{
	const char *folder = getenv("CORPUS");
	char path[1024];
	FILE *file;

	snprintf(path, sizeof path, "%s/frames/frames.tsv", folder ? folder : "../shared/corpus");
	file = fopen(path, "r");
	if (!file)
		cr_skip_test("%s: no corpus here", path);
	return file;
}

static const char *expected_line(const char *id)
{
	for (unsigned i = 0; i < COUNT(expected); i++)
		if (strcmp(expected[i].id, id) == 0)
			return expected[i].line;
	return NULL;
}

static void check_truncations(const uint8_t *octets, size_t length)
{
	char text[16384];
	struct frame f;

	for (size_t n = 0; n <= length; n++) {
		const uint8_t *p = guarded(octets, n);

		frame_parse(&f, p, n, FRAME_LENIENT, NULL);
		frame_line(text, sizeof text, p, n);
		frame_json(text, sizeof text, p, n);
	}
}

static void check_known_rebuilding(const char *id, const uint8_t *octets, size_t length)
{
	uint8_t built[256];
	struct frame f;

	if (frame_parse(&f, octets, length, FRAME_STRICT, NULL))
		return;
	cr_assert_eq(frame_build(built, sizeof built, &f, octets), (int)length, "%s", id);
	cr_assert_arr_eq(built, octets, length, "%s", id);
}

static void check_known_frame(const char *id, bool has_fcs, const char *hex)
{
	uint8_t octets[256];
	size_t length = unhex(octets, sizeof octets, hex) - (has_fcs ? 2 : 0);
	char line[512];

	frame_line(line, sizeof line, guarded(octets, length), length);
	if (expected_line(id))
		cr_assert_str_eq(line, expected_line(id), "%s: %s", id, line);
	check_truncations(octets, length);
	check_known_rebuilding(id, octets, length);
}

static void replay(const char *name, int (*target)(const uint8_t *octets, size_t length))
{
	char path[256], line[1024];
	unsigned inputs = 0;
	FILE *file;

	snprintf(path, sizeof path, "tests/data/frame/%s.hex", name);
	file = fopen(path, "r");
	cr_assert(file, "%s: run from the project's root", path);
	while (fgets(line, sizeof line, file)) {
		uint8_t octets[512];
		size_t n;

		line[strcspn(line, "\n")] = 0;
		n = unhex(octets, sizeof octets, line);
		target(guarded(octets, n), n);
		inputs++;
	}
	fclose(file);
	cr_assert_gt(inputs, 30, "%s", path);
}

Test(corpus, what_fuzzing_the_parsers_found)
{
	replay("fuzz_frame_parse", fuzz_parse);
}

Test(corpus, what_fuzzing_the_builders_found)
{
	replay("fuzz_frame_build", fuzz_build);
}

Test(corpus, what_fuzzing_the_tap_reader_found)
{
	replay("fuzz_frame_tap", fuzz_tap);
}

Test(corpus, what_fuzzing_the_texts_found)
{
	replay("fuzz_frame_text", fuzz_text);
}

Test(corpus, frames_of_other_projects)
{
	FILE *file = corpus();
	unsigned known = 0;
	char row[4096];

	while (fgets(row, sizeof row, file)) {
		char *rest, *id = strtok_r(row, "\t", &rest), *fcs = strtok_r(NULL, "\t", &rest);
		char *hex = strtok_r(NULL, "\t", &rest);

		if (!hex || strcmp(id, "id") == 0)
			continue;
		check_known_frame(id, strcmp(fcs, "fcs16") == 0, hex);
		known += expected_line(id) != NULL;
	}
	fclose(file);
	cr_assert_gt(known, 0, "none of the frames is one that is known here");
}
