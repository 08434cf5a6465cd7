/* What amqp-route does on purpose has the statistics that were asked for, over 10^5 packets
 * (chi-square at a level of 10^-6, for seeds that are fixed), and the same seed gives the same run.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "../../bin/amqp-route/impair.h"

enum { PACKETS = 100000 };
#define MS INT64_C(1000000)

static const uint64_t seeds[] = {0, 1, 2, 42, 1795406616, UINT64_MAX};
enum { SEEDS = sizeof seeds / sizeof *seeds };

/* Of so many degrees of freedom, exceeded with a chance of 10^-6 (Wilson and Hilferty). */
static double most(unsigned degrees)
{
	static const struct {
		unsigned degrees;
		double most;
	} table[] = {{1, 27.5}, {3, 32.8}, {19, 64.4}, {39, 96.6}, {79, 154.0}, {99, 181.1}};

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].degrees == degrees)
			return table[i].most;
	cr_assert_fail("%u degrees are not in the table", degrees);
	return 0;
}

static double chi_square(const unsigned *seen, const double *expected, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
	return sum;
}

static void expect_share(unsigned seen, double percent, uint64_t seed, const char *what)
{
	unsigned both[] = {seen, PACKETS - seen};
	double expected[] = {PACKETS * percent / 100, PACKETS * (1 - percent / 100)};

	cr_expect_lt(chi_square(both, expected, 2), most(1), "%s: %u of %g %%, seed %llu", what,
	             seen, percent, (unsigned long long)seed);
}

static struct impair begin(uint64_t seed)
{
	struct impair i;

	impair_init(&i, seed, 7);
	return i;
}

static struct impair_verdict next(struct impair *i, const struct impair_settings *s)
{
	return impair_decide(i, s, 0, 100, true);
}

/* --- numbers --- */

/* As their authors' programs give them. */
Test(random, published_numbers)
{
	static const uint64_t split[] = {UINT64_C(6457827717110365317),
	                                 UINT64_C(3203168211198807973),
	                                 UINT64_C(9817491932198370423)},
			      starstar[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240)};
	struct random r = {{1, 2, 3, 4}};
	uint64_t state = 1234567;

	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(random_split(&state), split[i]);
	for (unsigned i = 0; i < 4; i++)
		cr_expect_eq(random_next(&r), starstar[i]);
}

Test(random, even)
{
	for (unsigned k = 0; k < SEEDS; k++) {
		unsigned seen[100] = {0};
		double expected[100];
		struct random r;

		random_seed(&r, seeds[k], 0);
		for (unsigned i = 0; i < 100; i++)
			expected[i] = PACKETS / 100.0;
		for (unsigned i = 0; i < PACKETS; i++)
			seen[(unsigned)(random_unit(&r) * 100)]++;
		cr_expect_lt(chi_square(seen, expected, 100), most(99));
	}
}

/* --- what was asked for --- */

Test(impair, losses_by_chance)
{
	static const double percents[] = {0.1, 1, 10, 50, 99};

	for (unsigned k = 0; k < SEEDS; k++) {
		for (unsigned n = 0; n < sizeof percents / sizeof *percents; n++) {
			struct impair_settings s = {.loss = percents[n]};
			struct impair i = begin(seeds[k]);
			unsigned lost = 0, pairs[4] = {0}, last = 0;
			double p = s.loss / 100;
			double expected[] = {PACKETS * (1 - p) * (1 - p), PACKETS * p * (1 - p),
			                     PACKETS * p * (1 - p), PACKETS * p * p};

			for (unsigned j = 0; j < PACKETS; j++) {
				unsigned now = next(&i, &s).fate == IMPAIR_LOSS;

				lost += now;
				pairs[2 * last + now]++;
				last = now;
			}
			expect_share(lost, s.loss, seeds[k], "loss");
			/* One says nothing about the next. */
			if (expected[3] > 5)
				cr_expect_lt(chi_square(pairs, expected, 4), most(3));
		}
	}
}

Test(impair, bursts)
{
	for (unsigned k = 0; k < SEEDS; k++) {
		struct impair_settings s = {.loss = 10, .burst = 4};
		struct impair i = begin(seeds[k]);
		unsigned lost = 0, length = 0, lengths[20] = {0}, bursts = 0;
		double expected[20], longer;

		for (unsigned j = 0; j < PACKETS; j++) {
			if (next(&i, &s).fate == IMPAIR_LOSS) {
				lost++;
				length++;
			} else if (length) {
				lengths[length < 20 ? length - 1 : 19]++;
				bursts++;
				length = 0;
			}
		}
		/* The lengths are geometric, with the mean 4. */
		longer = bursts;
		for (unsigned n = 0; n < 19; n++, longer *= 0.75)
			expected[n] = longer * 0.25;
		expected[19] = longer;
		cr_expect_lt(chi_square(lengths, expected, 20), most(19));
		/* The share of the bad state varies by (1 + q) / (1 - q) = 6.2 times as much as by
		 * chance, q being 1 - 1/4 - 1/36: 4.9 deviations of 236. */
		cr_expect(lost > 10000 - 1157 && lost < 10000 + 1157, "%u", lost);
	}
}

Test(impair, shares_of_the_others)
{
	for (unsigned k = 0; k < SEEDS; k++) {
		struct impair_settings s = {.duplicate = 3, .corrupt = 20, .reorder = 1};
		struct impair i = begin(seeds[k]);
		unsigned twice = 0, damaged = 0, late = 0, bits[80] = {0};
		double expected[80];

		for (unsigned j = 0; j < PACKETS; j++) {
			struct impair_verdict v = next(&i, &s);

			twice += v.duplicated;
			damaged += v.corrupted;
			late += v.reordered;
			cr_assert_eq(v.fate, IMPAIR_PASS);
			cr_assert_eq(v.due_ns, v.reordered ? 100 * MS : 0);
			if (v.corrupted)
				bits[v.bit % 80]++;
		}
		expect_share(twice, 3, seeds[k], "duplicate");
		expect_share(damaged, 20, seeds[k], "corrupt");
		expect_share(late, 1, seeds[k], "reorder");
		for (unsigned n = 0; n < 80; n++)
			expected[n] = damaged / 80.0;
		cr_expect_lt(chi_square(bits, expected, 80), most(79), "which bit");
	}
}

Test(impair, jitter_is_even)
{
	for (unsigned k = 0; k < SEEDS; k++) {
		struct impair_settings s = {.delay = 100, .jitter = 40};
		struct impair i = begin(seeds[k]);
		unsigned seen[40] = {0};
		double expected[40];

		for (unsigned j = 0; j < PACKETS; j++) {
			int64_t late = next(&i, &s).due_ns;

			cr_assert(late >= 60 * MS && late < 140 * MS);
			seen[(late - 60 * MS) / (2 * MS)]++;
		}
		for (unsigned n = 0; n < 40; n++)
			expected[n] = PACKETS / 40.0;
		cr_expect_lt(chi_square(seen, expected, 40), most(39));
	}
}

/* --- what is left to nobody --- */

Test(impair, drop_and_skip)
{
	struct impair_settings s = {.skip = 3, .drop = 2};
	struct impair i = begin(0);
	char fates[9] = "";

	for (unsigned j = 0; j < 8; j++)
		fates[j] = next(&i, &s).fate == IMPAIR_DROP ? 'd' : '.';
	cr_expect_str_eq(fates, "...dd...");
}

Test(impair, rate)
{
	struct impair_settings s = {.rate = 8}; /* an octet a millisecond */
	struct impair i = begin(0);

	cr_expect_eq(impair_decide(&i, &s, 0, 500, false).due_ns, 500 * MS);
	cr_expect_eq(impair_decide(&i, &s, 0, 501, false).due_ns, 1001 * MS);
	cr_expect_eq(impair_decide(&i, &s, 0, 1, false).fate, IMPAIR_RATE);
	cr_expect_eq(impair_decide(&i, &s, 0, 1, true).due_ns, 1002 * MS);
	cr_expect_eq(impair_decide(&i, &s, 5000 * MS, 10, false).due_ns, 5010 * MS);
}

Test(impair, the_same_seed_is_the_same_run)
{
	struct impair_settings s = {
		.loss = 10, .burst = 2, .jitter = 5, .reorder = 5, .duplicate = 5, .corrupt = 5};
	struct impair a, b, other_stream, other_seed;
	unsigned differ_by_stream = 0, differ_by_seed = 0;

	impair_init(&a, 42, 1);
	impair_init(&b, 42, 1);
	impair_init(&other_stream, 42, 2);
	impair_init(&other_seed, 43, 1);
	for (unsigned i = 0; i < PACKETS; i++) {
		struct impair_verdict of_a = next(&a, &s), of_b = next(&b, &s);

		cr_assert(of_a.fate == of_b.fate && of_a.due_ns == of_b.due_ns &&
		          of_a.bit == of_b.bit && of_a.duplicated == of_b.duplicated &&
		          of_a.reordered == of_b.reordered && of_a.corrupted == of_b.corrupted);
		differ_by_stream += next(&other_stream, &s).due_ns != of_a.due_ns;
		differ_by_seed += next(&other_seed, &s).due_ns != of_a.due_ns;
	}
	cr_expect(differ_by_stream > PACKETS / 2 && differ_by_seed > PACKETS / 2);
}

/* --- at the edges --- */

/* What is set, so often that chance would show itself, and what becomes of it. */
static void expect_fates(const char *name, const char *value, enum impair_fate fate)
{
	struct impair_settings s = {.loss = 0};
	struct impair i = begin(42);
	struct why why;

	cr_assert_eq(impair_set(&s, name, value, &why), 0, "%s", why.text);
	cr_assert_eq(impair_check(&s, &why), 0, "%s", why.text);
	for (unsigned j = 0; j < PACKETS; j++)
		cr_assert_eq(impair_decide(&i, &s, j * MS, 1, false).fate, fate, "%s=%s", name,
		             value);
}

Test(impair, numbers_at_their_edges)
{
	struct impair_settings none = {.loss = 0}, s = none;
	struct why why;

	expect_fates("loss", "0", IMPAIR_PASS);
	expect_fates("loss", "100", IMPAIR_LOSS);
	expect_fates("loss", "1e-9", IMPAIR_PASS);
	expect_fates("rate", "0", IMPAIR_PASS);
	expect_fates("rate", "100000000", IMPAIR_PASS);
	cr_assert_eq(impair_set(&s, "loss", "-0", &why), 0);
	cr_assert_eq(impair_set(&s, "drop", "-0", &why), 0);
	cr_expect(impair_equal(&s, &none) && !impair_does(&s));
	/* A burst of one is what chance would be with nothing that follows: none after another. */
	s = (struct impair_settings){.loss = 50, .burst = 1};
	struct impair i = begin(1);
	cr_assert_eq(impair_check(&s, &why), 0);
	for (unsigned j = 0, last = 0; j < PACKETS; j++) {
		unsigned lost = next(&i, &s).fate == IMPAIR_LOSS;

		cr_assert(!(last && lost));
		last = lost;
	}
}

/* Earlier than it came is now; an hour later is an hour later. */
Test(impair, more_jitter_than_delay)
{
	struct impair_settings s = {.delay = 10, .jitter = 3600000};
	struct impair i = begin(1);
	unsigned at_once = 0;

	for (unsigned j = 0; j < PACKETS; j++) {
		int64_t due = impair_decide(&i, &s, 7, 100, false).due_ns;

		cr_assert(due >= 7 && due <= 7 + INT64_C(3600010) * MS);
		at_once += due == 7;
	}
	expect_share(at_once, 50.0 - 50.0 * 10 / 3600000, 1, "at once");
}

/* The slowest line, and more for it than memory has room for: due within what the clock can say. */
Test(impair, a_line_that_takes_years)
{
	struct impair_settings s = {
		.rate = 0.001, .delay = 3600000, .jitter = 3600000, .reorder = 100};
	struct impair i = begin(1);
	int64_t last = 0;

	for (unsigned j = 0; j < 4; j++) {
		int64_t due = impair_decide(&i, &s, INT64_MAX / 4, 64 << 20, true).due_ns;

		cr_assert_gt(due, last);
		last = due;
	}
}

/* --- words --- */

Test(impair, what_is_no_setting)
{
	static const struct {
		const char *name, *value, *words;
	} cases[] = {
		{"loss", "101", "loss='101': must be a number from 0 to 100"},
		{"loss", "nan", "must be"},
		{"loss", "", "must be"},
		{"loss", "1x", "must be"},
		{"loss", "100.0001", "loss='100.0001': must be a number from 0 to 100"},
		{"loss", "-1e-9", "must be"},
		{"delay", "inf", "must be"},
		{"delay", "3600000.1", "from 0 to 3600000"},
		{"jitter", "-nan", "must be"},
		{"rate", "1e400", "must be"},
		{"drop", "1e10", "must be"},
		{"drop", "18446744073709551616", "must be"},
		{"drop", "1.5", "must be a whole number"},
		{"drop", "-1", "must be"},
		{"burst", "0.5", "from 1"},
		{"los", "1", "'los': must be one of skip, drop"},
	};
	struct impair_settings s = {.loss = 0};
	struct why why;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_expect_eq(impair_set(&s, cases[i].name, cases[i].value, &why), -1);
		cr_expect(strstr(why.text, cases[i].words), "%s", why.text);
	}
	cr_expect_eq(impair_check(&(struct impair_settings){.burst = 2}, &why), -1);
	cr_expect_eq(impair_check(&(struct impair_settings){.loss = 90, .burst = 2}, &why), -1);
	cr_expect(strstr(why.text, "9.0 at the least"), "%s", why.text);
	cr_expect_eq(impair_check(&(struct impair_settings){.loss = 90, .burst = 9}, &why), 0);
	cr_expect_eq(impair_check(&(struct impair_settings){.skip = 2}, &why), -1);
	/* Octets through this would be due later than the clock can say. */
	cr_expect_eq(impair_check(&(struct impair_settings){.rate = 1e-300}, &why), -1);
	cr_expect(strstr(why.text, "at least 0.001"), "%s", why.text);
	cr_expect_eq(impair_check(&(struct impair_settings){.rate = 0.001}, &why), 0);
}
