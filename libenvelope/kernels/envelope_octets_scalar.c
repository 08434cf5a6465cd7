#include <string.h>

#include "envelope_octets.h"

/* Text of each octet with its separator, and the length of that in the last place. */
struct entry {
	char text[7];
	uint8_t length;
};
/* clang-format off */
#define E1(n) {{'0' + (n), ',', ' '}, 3}
#define E2(n) {{'0' + (n) / 10, '0' + (n) % 10, ',', ' '}, 4}
#define E3(n) {{'0' + (n) / 100, '0' + (n) / 10 % 10, '0' + (n) % 10, ',', ' '}, 5}
/* clang-format on */
#define TENS(E, n)                                                                                 \
	E(n), E(n + 1), E(n + 2), E(n + 3), E(n + 4), E(n + 5), E(n + 6), E(n + 7), E(n + 8),      \
		E(n + 9)
#define HUNDRED(n)                                                                                 \
	TENS(E3, n), TENS(E3, n + 10), TENS(E3, n + 20), TENS(E3, n + 30), TENS(E3, n + 40)

static const struct entry entries[256] = {
	TENS(E1, 0),  TENS(E2, 10), TENS(E2, 20), TENS(E2, 30), TENS(E2, 40),
	TENS(E2, 50), TENS(E2, 60), TENS(E2, 70), TENS(E2, 80), TENS(E2, 90),
	HUNDRED(100), HUNDRED(150), HUNDRED(200), E3(250),      E3(251),
	E3(252),      E3(253),      E3(254),      E3(255),
};

size_t envelope_octets_text_size(const uint8_t *octets, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += entries[octets[i]].length;
	return n ? size - 2 : 0;
}

static size_t write_octets(char *out, size_t size, const uint8_t *octets, size_t n)
{
	size_t at = 0, i = 0;

	for (; i < n && size - at >= sizeof(struct entry); i++) {
		const struct entry *e = &entries[octets[i]];

		memcpy(out + at, e, sizeof(*e));
		at += e->length;
	}
	for (; i + 1 < n; i++) {
		memcpy(out + at, entries[octets[i]].text, entries[octets[i]].length);
		at += entries[octets[i]].length;
	}
	if (i == n)
		return at - 2;
	memcpy(out + at, entries[octets[i]].text, entries[octets[i]].length - 2u);
	return at + entries[octets[i]].length - 2;
}

static unsigned digit(uint8_t c)
{
	return (unsigned)c - '0';
}

/* The digits of one number at text, of which 4 characters can be read: their count, or 0 where it
 * is no octet that a comma ends. */
static unsigned read_number(const uint8_t *text, unsigned *value)
{
	unsigned first = digit(text[0]), second = digit(text[1]), third = digit(text[2]);

	*value = first;
	if (first > 9)
		return 0;
	if (text[1] == ',')
		return 1;
	if (second > 9 || first == 0)
		return 0;
	*value = first * 10 + second;
	if (text[2] == ',')
		return 2;
	*value = *value * 10 + third;
	return third <= 9 && text[3] == ',' && *value <= 255 ? 3 : 0;
}

static struct envelope_octets_run read_octets(uint8_t *out, size_t size, const uint8_t *text,
                                              size_t n)
{
	struct envelope_octets_run run = {0, 0};

	while (run.count < size && n - run.used >= OCTET_TEXT_MAX) {
		unsigned value, digits = read_number(text + run.used, &value);

		if (digits == 0)
			break;
		out[run.count++] = (uint8_t)value;
		run.used += digits + 1;
		run.used += text[run.used] == ' ';
	}
	return run;
}

const struct envelope_octets_kernel envelope_octets_scalar = {"scalar", read_octets, write_octets};
