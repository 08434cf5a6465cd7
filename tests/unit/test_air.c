/* bin/common/packet/air: sequence numbers, signal, sources told apart, a full table, random frames.
 */
#include "frame_test.h"

#include <inttypes.h>

#include "packet/air.h"
#include "packet/air_report.h"

TestSuite(air, .timeout = 60);

enum { SECOND = 1000000000 };

static void hear(struct air *a, uint16_t link_type, const char *hex, int64_t time_ns)
{
	uint8_t octets[256];
	size_t n = unhex(octets, sizeof octets, hex);

	air_note(a, &(struct envelope_packet){guarded(octets, n), n, time_ns, link_type});
}

/* Data of this sequence number from a short address in PAN abcd. */
static void hear_data(struct air *a, unsigned source, unsigned sequence, int64_t time_ns)
{
	char hex[64];

	snprintf(hex, sizeof hex, "4188%02xcdab0100%02x%02x", sequence & 0xff, source & 0xff,
	         source >> 8);
	hear(a, 230, hex, time_ns);
}

static struct air_source first_of(const struct air *a)
{
	struct air_source s = {0};

	cr_assert_eq(air_busiest(a, &s, 1), 1);
	return s;
}

/* Sequence numbers, and the seconds between them where they are more than one. */
static const struct {
	const char *name;
	int numbers[8], count;
	int64_t seconds;
	uint64_t missing, duplicates;
} runs[] = {
	{"in order", {1, 2, 3, 4}, 4, 1, 0, 0},
	{"over the end", {254, 255, 0, 1}, 4, 1, 0, 0},
	{"one missing", {1, 3}, 2, 1, 1, 0},
	{"missing over the end", {254, 1}, 2, 1, 2, 0},
	{"as far ahead as counts", {0, 127}, 2, 1, 126, 0},
	{"further ahead: a new start", {0, 128, 129}, 3, 1, 0, 0},
	{"behind: a new start", {9, 3, 4}, 3, 1, 0, 0},
	{"sent again", {7, 7, 7, 8}, 4, 1, 0, 2},
	{"after silence", {7, 9}, 2, 60, 0, 0},
	{"the same after silence", {7, 7}, 2, 60, 0, 0},
	{"just before silence", {7, 9}, 2, 59, 1, 0},
};

Test(air, sequence_numbers)
{
	for (size_t i = 0; i < COUNT(runs); i++) {
		struct air *a = air_new();
		struct air_source s;

		for (int n = 0; n < runs[i].count; n++)
			hear_data(a, 2, (unsigned)runs[i].numbers[n],
			          (n + 1) * runs[i].seconds * SECOND);
		s = first_of(a);
		cr_expect_eq(s.frames, (uint64_t)runs[i].count, "%s", runs[i].name);
		cr_expect_eq(s.missing, runs[i].missing, "%s: %" PRIu64, runs[i].name, s.missing);
		cr_expect_eq(s.duplicates, runs[i].duplicates, "%s: %" PRIu64, runs[i].name,
		             s.duplicates);
		cr_expect_eq(s.first_ns, runs[i].seconds * SECOND);
		cr_expect_eq(s.last_ns, runs[i].count * runs[i].seconds * SECOND);
		air_free(a);
	}
}

Test(air, beacons_have_numbers_of_their_own)
{
	struct air *a = air_new();

	hear_data(a, 2, 10, SECOND);
	hear(a, 230, "008040cdab0200ff0f0000", SECOND); /* a beacon of 0002, number 64 */
	hear_data(a, 2, 11, 2 * (int64_t)SECOND);
	hear(a, 230, "008042cdab0200ff0f0000", SECOND);
	cr_expect_eq(air_count(a), 1);
	cr_expect_eq(first_of(a).frames, 4);
	cr_expect_eq(first_of(a).missing, 1);
	air_free(a);
}

Test(air, what_is_nobodys)
{
	struct air *a = air_new();

	hear(a, 230, "02006a", SECOND);                     /* an ACK */
	hear(a, 230, "028801cdab01000200", SECOND);         /* an ACK with addresses */
	hear(a, 230, "", SECOND);                           /* nothing */
	hear(a, 101, "45000014000000004011", SECOND);       /* no frame */
	hear(a, 283, "0000ff00418801cdab01000200", SECOND); /* a damaged pseudo-header */
	hear(a, 230, "41c801cdab0100", SECOND);             /* ends before its source */
	cr_expect_eq(air_count(a), 0);
	hear(a, 195, "418801cdab010002000000", SECOND); /* a wrong FCS of nobody known */
	cr_expect_eq(air_count(a), 0);
	cr_expect_eq(air_unknown_bad(a), 1);
	hear_data(a, 2, 1, SECOND);
	hear(a, 195, "418801cdab010002000000", SECOND);
	cr_expect_eq(air_unknown_bad(a), 1);
	cr_expect_eq(first_of(a).bad_fcs, 1);
	cr_expect_eq(first_of(a).frames, 1);
	cr_expect_eq(first_of(a).duplicates, 0);
	air_free(a);
}

Test(air, sources_are_told_apart)
{
	struct air_source s[8];
	struct air *a = air_new();
	char name[32];

	hear_data(a, 2, 1, SECOND);
	hear_data(a, 2, 2, SECOND);
	hear_data(a, 2, 3, SECOND);
	hear(a, 230, "418801ceab01000200", SECOND); /* 0002 in another PAN */
	hear(a, 230, "418802ceab01000200", SECOND);
	/* an extended address is one, whatever its PAN */
	hear(a, 230, "41c801cdab01000403020100 4b1200", SECOND);
	hear(a, 230, "41c803ceab01000403020100 4b1200", SECOND);
	hear(a, 230, "41c804ceab01000403020100 4b1200", SECOND);
	hear(a, 230, "41c805ceab01000403020100 4b1200", SECOND);
	cr_assert_eq(air_busiest(a, s, 8), 3);
	air_name(name, sizeof name, &s[0]);
	cr_expect_str_eq(name, "00124b0001020304");
	cr_expect_eq(s[0].missing, 1);
	cr_expect_eq(s[0].pan, 0xabce);
	air_name(name, sizeof name, &s[1]);
	cr_expect_str_eq(name, "0x0002 in 0xabcd");
	air_name(name, sizeof name, &s[2]);
	cr_expect_str_eq(name, "0x0002 in 0xabce");
	cr_expect_eq(air_busiest(a, s, 1), 1);
	air_free(a);
}

Test(air, signal)
{
	struct air *a = air_new();

	hear_data(a, 2, 1, SECOND);
	cr_expect_not(first_of(a).has_rssi || first_of(a).has_lqi);
	hear(a, 283,
	     "00002400 0000010000000000 0100040000008ec2 030003001a000000 0a000100c8000000"
	     "418802cdab01000200",
	     SECOND);
	cr_expect(first_of(a).has_rssi && first_of(a).has_lqi);
	cr_expect_eq(first_of(a).rssi, -71);
	cr_expect_eq(first_of(a).lqi, 200);
	hear_data(a, 2, 3, SECOND);
	cr_expect_eq(first_of(a).rssi, -71);
	air_free(a);
}

/* Who was heard longest ago gives way, and the others keep their counts. */
Test(air, full_table)
{
	static struct air_source s[AIR_SOURCES_MAX + 1];
	struct air *a = air_new();
	unsigned n;

	for (unsigned i = 0; i < AIR_SOURCES_MAX; i++)
		hear_data(a, i, 1, (int64_t)i * SECOND);
	hear_data(a, 0, 2, (int64_t)AIR_SOURCES_MAX * SECOND);
	for (unsigned i = 0; i < 100; i++)
		hear_data(a, 0x1000 + i, 1, (int64_t)(AIR_SOURCES_MAX + 1 + i) * SECOND);
	cr_expect_eq(air_count(a), AIR_SOURCES_MAX);
	cr_expect_eq(air_given_way(a), 100);
	n = air_busiest(a, s, AIR_SOURCES_MAX + 1);
	cr_assert_eq(n, AIR_SOURCES_MAX);
	cr_expect_eq(s[0].address, 0);
	cr_expect_eq(s[0].frames, 2);
	for (unsigned i = 1; i < n; i++)
		cr_expect(s[i].address > 100, "%" PRIu64, s[i].address);
	air_free(a);
}

/* Who was heard longest ago is by the order in which they came, also where the clock was set back.
 */
Test(air, full_table_and_a_clock_that_was_set_back)
{
	struct air *a = air_new();
	struct air_source all[AIR_SOURCES_MAX];
	unsigned found = 0;

	for (unsigned i = 1; i <= AIR_SOURCES_MAX; i++)
		hear_data(a, i, 0, INT64_C(7200) * SECOND);
	for (unsigned i = 1; i <= 10; i++)
		hear_data(a, 1000 + i, 0, INT64_C(3600) * SECOND + i);
	unsigned n = air_busiest(a, all, AIR_SOURCES_MAX);
	for (unsigned i = 0; i < n; i++)
		found += all[i].address > 1000;
	cr_assert_eq(found, 10);
	air_free(a);
}

/* The table holds what a list of the same rules holds. */
Test(air, random_sources)
{
	static struct {
		unsigned last, heard;
		uint64_t frames, missing, duplicates;
	} model[300];
	static struct air_source s[AIR_SOURCES_MAX];
	struct air *a = air_new();
	unsigned n;

	random_seed("air");
	for (int i = 0; i < 100000; i++) {
		unsigned source = random_below(300);
		unsigned ahead = random_below(5), number = (model[source].last + ahead) & 0xff;

		if (model[source].heard && ahead)
			model[source].missing += ahead - 1;
		else if (model[source].heard)
			model[source].duplicates++;
		model[source].heard = 1;
		model[source].last = number;
		model[source].frames++;
		hear_data(a, source, number, SECOND);
	}
	n = air_busiest(a, s, AIR_SOURCES_MAX);
	cr_assert_eq(n, 300);
	for (unsigned i = 0; i < n; i++) {
		cr_expect_eq(s[i].frames, model[s[i].address].frames);
		cr_expect_eq(s[i].missing, model[s[i].address].missing);
		cr_expect_eq(s[i].duplicates, model[s[i].address].duplicates);
	}
	air_free(a);
}

/* --- what is reported --- */

enum { REPORT_SIZE = AIR_REPORT_SIZE };
static char report[REPORT_SIZE];

static const char *report_of(const struct air *a, int64_t now)
{
	struct text t = {report, sizeof report, 0};

	report[0] = '\0';
	if (now)
		air_report_text(a, "air", &t, now);
	else
		air_report_json(a, "air", &t);
	cr_assert_lt(t.length, sizeof report - 1);
	return report;
}

Test(air, nothing_is_reported_without_a_source)
{
	struct air *a = air_new();

	hear(a, 195, "418801cdab010002000000", SECOND);
	cr_expect_str_eq(report_of(a, 0), "");
	cr_expect_str_eq(report_of(a, SECOND), "");
	air_free(a);
}

Test(air, report_for_programs)
{
	struct air *a = air_new();

	hear_data(a, 2, 1, SECOND);
	hear_data(a, 2, 4, 2 * (int64_t)SECOND);
	hear_data(a, 2, 4, 3 * (int64_t)SECOND + 5);
	hear(a, 195, "418801cdab010002000000", SECOND);
	hear(a, 195, "418801cdab010003000000", SECOND);
	hear(a, 283,
	     "00002400 0000010000000000 0100040000008ec2 030003001a000000 0a000100c8000000"
	     "41c802cdab01000403020100 4b1200",
	     4 * (int64_t)SECOND);
	cr_expect_str_eq(report_of(a, 0),
	                 ",\"air\":[{\"address\":\"0x0002\",\"pan\":\"0xabcd\",\"frames\":3,"
	                 "\"missing\":2,\"duplicates\":1,\"bad_fcs\":1,"
	                 "\"first_heard\":1.000000000,\"last_heard\":3.000000005},"
	                 "{\"address\":\"00124b0001020304\",\"pan\":\"0xabcd\",\"frames\":1,"
	                 "\"missing\":0,\"duplicates\":0,\"bad_fcs\":0,\"rssi\":-71,\"lqi\":200,"
	                 "\"first_heard\":4.000000000,\"last_heard\":4.000000000}"
	                 "],\"air.given_way\":0,\"air.unknown_bad_fcs\":1");
	air_free(a);
}

/* A busy air: 20 rows for people, all for programs, within the room of a part. */
Test(air, report_of_many)
{
	struct air *a = air_new();
	unsigned rows = 0, members = 0;

	for (unsigned i = 0; i < AIR_SOURCES_MAX + 3; i++)
		for (unsigned n = 0; n <= i % 40; n++)
			hear_data(a, i, n, INT64_MAX / 2 + i);
	report_of(a, INT64_MAX / 2 + 1500 * (int64_t)1000000);
	for (const char *at = report; (at = strstr(at, " s ago\n")); at++)
		rows++;
	cr_expect_eq(rows, AIR_REPORT_ROWS);
	cr_expect(strncmp(report, "  air: 512 sources, of which the busiest\n", 41) == 0, "%s",
	          report);
	cr_expect(strstr(report,
	                 "\n    0x0027 in 0xabcd              40         0           0        "
	                 "0     -    -  1.4 s ago\n"),
	          "%s", report);
	cr_expect(strstr(report, "\n    3 sources gave way to newer ones\n"), "%s", report);
	report_of(a, 0);
	for (const char *at = report; (at = strstr(at, "{\"address\":")); at++)
		members++;
	cr_expect_eq(members, AIR_SOURCES_MAX);
	air_free(a);
}
