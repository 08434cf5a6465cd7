/* bin/common/packet/words and payload_address: numbers as printf(3) has them, addresses as
 * inet_ntop(3) has them; in every room what fits, and nothing behind the room. */
#include <arpa/inet.h>
#include <inttypes.h>

#include "frame_test.h"
#include "packet/payload.h"
#include "packet/words.h"

enum { ROOM = 96, UNTOUCHED = 0x55 };

/* What stands in t, whose room is `size`, is the beginning of the words. */
static void check(const struct text *t, size_t size, const char *words)
{
	size_t whole = strlen(words), n = whole < size ? whole : size - 1;

	cr_assert_eq(t->length, n, "%s in %zu: %zu", words, size, t->length);
	cr_assert_eq(memcmp(t->out, words, n), 0, "%s in %zu: %.*s", words, size, (int)n, t->out);
	cr_assert_eq(t->out[n], '\0');
	cr_assert_eq(t->out[size], UNTOUCHED, "%s in %zu", words, size);
}

static struct text room_of(char out[ROOM + 1], size_t size)
{
	memset(out, UNTOUCHED, ROOM + 1);
	out[0] = '\0';
	return (struct text){out, size, 0};
}

static void check_number(uint64_t number)
{
	char out[ROOM + 1], words[ROOM];

	snprintf(words, sizeof words, "n %" PRIu64, number);
	for (size_t size = 1; size <= ROOM; size += size < 40 ? 1 : 28) {
		struct text t = room_of(out, size);

		words_field(&t, "n ", number);
		check(&t, size, words);
	}
	for (unsigned digits = 1; digits <= 16; digits++) {
		struct text t = room_of(out, ROOM);

		snprintf(words, sizeof words, "%016" PRIx64, number);
		words_hex(&t, number, digits);
		check(&t, ROOM, words + 16 - digits);
	}
}

Test(words, numbers_as_printf_has_them)
{
	random_seed("words");
	for (uint64_t power = 1; power; power = power > UINT64_MAX / 10 ? 0 : power * 10) {
		check_number(power - 1);
		check_number(power);
		check_number(power + 1);
	}
	check_number(UINT64_MAX);
	for (unsigned i = 0; i < 1000; i++)
		check_number(random_next() >> random_below(64));
}

static void check_address(const uint8_t octets[16])
{
	struct ip_address a = {.state = ADDRESS_KNOWN};
	char out[ROOM + 1], words[INET6_ADDRSTRLEN];

	memcpy(a.octets, octets, 16);
	inet_ntop(AF_INET6, octets, words, sizeof words);
	for (size_t size = 1; size <= ROOM; size += size < 50 ? 7 : 23) {
		struct text t = room_of(out, size);

		payload_address(&t, &a);
		check(&t, size, words);
	}
}

/* Whichever of the groups are zero, and however many digits the others have. */
Test(words, addresses_as_inet_ntop_has_them)
{
	random_seed("words");
	for (unsigned zeros = 0; zeros < 0x100; zeros++)
		for (unsigned round = 0; round < 8; round++) {
			uint8_t octets[16] = {0};

			for (unsigned i = 0; i < 8; i++) {
				unsigned group =
					1 + random_below(0xffff) / (1u << random_below(16));

				if (zeros >> i & 1)
					continue;
				octets[2 * i] = (uint8_t)(group >> 8);
				octets[2 * i + 1] = (uint8_t)group;
			}
			/* inet_ntop(3) shows ::/80 and ::ffff:0:0/96 with an IPv4 address. */
			if ((zeros & 0x1f) != 0x1f)
				check_address(octets);
		}
	check_address((const uint8_t[16]){0});
}
