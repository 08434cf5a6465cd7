/* libenvelope: the kernels of the JSON array. Each that this processor can run against a plain
 * reading and writing, at a guard page. */
#include "test_envelope.h"

#include "../../libenvelope/envelope_json.h"

#define FOR_EACH_KERNEL(k)                                                                         \
	for (unsigned k##_index = 0; envelope_octets_at(k##_index); k##_index++)                   \
		for (const struct envelope_octets_kernel *k = envelope_octets_at(k##_index),       \
		                                         *k##_end = NULL;                          \
		     k != k##_end; k = k##_end)

/* How far a plain reading gets: the octets, and where each of their commas is. */
struct plain {
	uint8_t octets[4096];
	size_t commas[4096], count;
};

static void read_plain(struct plain *p, const char *text, size_t n)
{
	size_t at = 0;

	for (p->count = 0; at < n; p->count++) {
		unsigned value = 0, digits = 0;

		while (at + digits < n && text[at + digits] >= '0' && text[at + digits] <= '9' &&
		       digits < 4)
			value = value * 10 + (unsigned)(text[at + digits++] - '0');
		if (digits == 0 || value > 255 || (digits > 1 && text[at] == '0') ||
		    at + digits == n || text[at + digits] != ',')
			return;
		p->octets[p->count] = (uint8_t)value;
		p->commas[p->count] = at + digits;
		at += digits + 1;
		at += at < n && text[at] == ' ';
	}
}

/* The kernel's octets are the first of the plain reading's, and it stopped behind the comma of its
 * last. */
static void expect_run(const struct envelope_octets_kernel *k, const struct plain *want,
                       size_t size, const char *text, size_t n)
{
	uint8_t *out = guarded(1, size);
	struct envelope_octets_run run = k->read(out, size, guarded_copy(0, text, n), n);
	size_t comma = run.count ? want->commas[run.count - 1] + 1 : 0;

	cr_assert(run.count <= want->count && run.count <= size, "%s: %zu octets of %.*s", k->name,
	          run.count, (int)n, text);
	cr_assert(memcmp(out, want->octets, run.count) == 0, "%s: %.*s", k->name, (int)n, text);
	cr_assert(run.used == comma || (run.count && run.used == comma + 1 && text[comma] == ' '),
	          "%s: %zu of %.*s", k->name, run.used, (int)n, text);
}

static size_t put_list(char *text, size_t size, size_t length, const uint8_t *octets, size_t n,
                       const char *separator)
{
	for (size_t i = 0; i < n; i++)
		length = add(text, size, length, "%s%u", i ? separator : "", octets[i]);
	return length;
}

Test(kernels, there_is_one)
{
	cr_assert_not_null(envelope_octets_at(0));
	cr_expect_str_eq(envelope_octets_at(0)->name, "scalar");
	cr_expect_null(envelope_octets_at(3));
#if defined(__x86_64__)
	unsigned count = 0;

	while (envelope_octets_at(count))
		count++;
	cr_expect_eq(count,
	             1u + !!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) +
	                     !!__builtin_cpu_supports("avx512vbmi2"));
#endif
	FOR_EACH_KERNEL(k)
	fprintf(stderr, "kernel %s%s\n", k->name, k == envelope_octets_best() ? ", in use" : "");
}

/* Nothing but a list: all is read but what needs more characters behind it to be sure of. */
Test(read, clean_lists)
{
	uint64_t state = test_seed();
	static struct plain want;

	for (unsigned i = 0; i < 20000; i++) {
		static char text[4096];
		uint8_t octets[600];
		size_t n = 1 + random_below(&state, i % 10 ? 100 : 600), length,
		       size = n + random_below(&state, 70);
		uint64_t mask = random_below(&state, 3) ? 255 : 15;

		for (size_t j = 0; j < n; j++)
			octets[j] = (uint8_t)(random_next(&state) & mask);
		length = put_list(text, sizeof(text), 0, octets, n,
		                  random_below(&state, 2) ? ", " : ",");
		text[length++] = ']';
		read_plain(&want, text, length);
		cr_assert_eq(want.count, n - 1);
		FOR_EACH_KERNEL(k)
		{
			expect_run(k, &want, size, text, length);
			cr_assert_geq(
				k->read(guarded(1, n + 64), n + 64, (const uint8_t *)text, length)
						.count +
					3,
				n - 1, "%s is lazy", k->name);
		}
	}
}

/* One odd character somewhere, or several. */
Test(read, odd_lists)
{
	static const char odd[] = "0123456789,,,   .eE-+]}[{\"\n\t\r\x80\xff\x2f\x3a\x10\x19/:;*\0";
	uint64_t state = test_seed();
	static struct plain want;

	for (unsigned i = 0; i < 100000; i++) {
		char text[1200];
		uint8_t octets[200];
		size_t n = 1 + random_below(&state, 200), length,
		       size = random_below(&state, 2) ? 300 : random_below(&state, n + 2);

		for (size_t j = 0; j < n; j++)
			octets[j] = (uint8_t)random_next(&state);
		length = put_list(text, sizeof(text), 0, octets, n,
		                  random_below(&state, 4) ? ", " : ",");
		for (uint64_t times = random_below(&state, 4); times > 0; times--)
			text[random_below(&state, length)] =
				odd[random_below(&state, sizeof(odd) - 1)];
		length -= random_below(&state, length < 5 ? length : 5);
		read_plain(&want, text, length);
		FOR_EACH_KERNEL(k)
		expect_run(k, &want, size, text, length);
	}
}

/* Every number of up to four digits at every place of a block, in both styles, ended by each kind
 * of character. */
Test(read, every_number_at_every_place)
{
	static const char enders[] = ", ]}.e\n0:/\x2c";
	static struct plain want;

	for (unsigned number = 0; number < 1300; number += number < 270 ? 1 : 97) {
		for (unsigned place = 0; place < 70; place++) {
			char text[300];
			size_t length = 0;

			for (unsigned i = 0; i < place; i++)
				length = add(text, sizeof(text), length, "%s",
				             place % 2 ? "7," : "8, ");
			length =
				add(text, sizeof(text), length, "%0*u", number % 3 ? 1 : 2, number);
			text[length++] = enders[(number + place) % (sizeof(enders) - 1)];
			length = add(text, sizeof(text), length, " 1, 2, 33, 255, 9,");
			read_plain(&want, text, length);
			FOR_EACH_KERNEL(k)
			expect_run(k, &want, 200, text, length);
		}
	}
}

Test(write, every_length_and_room)
{
	uint64_t state = test_seed();

	for (unsigned i = 0; i < 20000; i++) {
		static char want[8192];
		uint8_t octets[700];
		size_t n = 1 + random_below(&state, i % 10 ? 130 : 700), length,
		       slack = random_below(&state, 3) ? random_below(&state, 400) : 0;
		uint64_t mask = random_below(&state, 3) ? 255 : 15;

		for (size_t j = 0; j < n; j++)
			octets[j] = (uint8_t)(random_next(&state) & mask);
		length = put_list(want, sizeof(want), 0, octets, n, ", ");
		cr_assert_eq(envelope_octets_text_size(octets, n), length);
		FOR_EACH_KERNEL(k)
		{
			char *out = (char *)guarded(1, length + slack);

			cr_assert_eq(k->write(out, length + slack, guarded_copy(0, octets, n), n),
			             length, "%s, %zu octets", k->name, n);
			cr_assert(memcmp(out, want, length) == 0, "%s: %.*s", k->name, (int)length,
			          out);
		}
	}
}

Test(write, every_octet)
{
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t octets[13];
		char want[80];
		size_t length;

		memset(octets, (int)octet, sizeof(octets));
		length = put_list(want, sizeof(want), 0, octets, sizeof(octets), ", ");
		FOR_EACH_KERNEL(k)
		{
			char *out = (char *)guarded(1, length + 400);

			cr_assert_eq(k->write(out, length + 400, octets, sizeof(octets)), length);
			cr_assert(memcmp(out, want, length) == 0, "%s: %u", k->name, octet);
		}
	}
}

/* Whole bodies: whatever kernel reads, outcome, offset, octets and time are the same. */
Test(body, kernels_agree)
{
	static const char odd[] = "0123456789,  .e-]}\"\\x\n";
	uint64_t state = test_seed();
	unsigned outcomes[16] = {0};

	for (unsigned i = 0; i < 100000; i++) {
		char text[1500];
		uint8_t octets[250];
		size_t n = 1 + random_below(&state, 250), length,
		       size = random_below(&state, 4) ? 300 : random_below(&state, n + 2);
		struct envelope_fault fault, fault0 = {0, 0, ""};
		struct envelope_packet first = {.length = 0}, p = {.length = 0};
		int outcome0 = 0, outcome;

		for (size_t j = 0; j < n; j++)
			octets[j] = (uint8_t)random_next(&state);
		length = add(text, sizeof(text), 0, "{\"data\": [");
		length = put_list(text, sizeof(text), length, octets, n,
		                  random_below(&state, 4) ? ", " : ",");
		length = add(text, sizeof(text), length,
		             "], \"timestamp\": 5.25, \"data_slip\": [192, 192]}");
		for (uint64_t times = random_below(&state, 3); times > 0; times--)
			text[random_below(&state, length)] =
				odd[random_below(&state, sizeof(odd) - 1)];
		FOR_EACH_KERNEL(k)
		{
			outcome = envelope_json_parse_with(k, &p, guarded(k_index ? 1 : 2, size),
			                                   size, guarded_copy(0, text, length),
			                                   length, &fault);
			if (k_index == 0) {
				first = p;
				outcome0 = outcome;
				fault0 = fault;
				outcomes[-outcome]++;
				continue;
			}
			cr_assert_eq(outcome, outcome0, "%s: %.*s", k->name, (int)length, text);
			cr_assert_eq(fault.offset, fault0.offset, "%s: %zu not %zu in %.*s",
			             k->name, fault.offset, fault0.offset, (int)length, text);
			cr_assert_str_eq(fault.field, fault0.field);
			cr_assert(outcome < 0 ||
			          (p.length == first.length && p.time_ns == first.time_ns &&
			           memcmp(p.data, first.data, p.length) == 0));
		}
	}
	cr_expect_gt(outcomes[0], 10000);
	cr_expect_gt(outcomes[-ENVELOPE_ESYNTAX], 10000);
	cr_expect_gt(outcomes[-ENVELOPE_ETOOLONG], 5000);
	cr_expect_gt(outcomes[-ENVELOPE_ERANGE], 500);
}
