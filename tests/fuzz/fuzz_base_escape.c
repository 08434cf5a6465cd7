/* Any octets to what stands between text from outside and a terminal: what leaves is UTF-8 without
 * anything that moves, turns or hides, no longer than its room, and passes a second time as it is.
 * And to what hides passwords: of a login that stands between the two halves of the input nothing
 * is left. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The next code point, by the shifts alone; the oracle's own. */
static uint32_t next(const unsigned char **at, const unsigned char *end)
{
	unsigned more = **at < 0x80 ? 0 : **at < 0xe0 ? 1 : **at < 0xf0 ? 2 : 3;
	uint32_t point = more ? **at & (0x3fu >> more) : **at;

	require(**at < 0x80 || (**at >= 0xc2 && **at <= 0xf4));
	for ((*at)++; more; more--, (*at)++) {
		require(*at < end && (**at & 0xc0) == 0x80);
		point = point << 6 | (**at & 0x3f);
	}
	return point;
}

static void check_shown(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text, *end = at + length;

	while (at < end) {
		uint32_t p = next(&at, end);

		require(p >= 0x20 && !(p >= 0x7f && p <= 0x9f) && p <= 0x10ffff);
		require(!(p >= 0xd800 && p <= 0xf8ff) && (p & 0xfffe) != 0xfffe);
		require(p != 0x61c && !(p >= 0x200b && p <= 0x200f) &&
		        !(p >= 0x2028 && p <= 0x202e));
		require(!(p >= 0x2060 && p <= 0x206f) && p != 0xfeff &&
		        !(p >= 0xe0000 && p <= 0xe0fff));
		require(!(p >= 0xfdd0 && p <= 0xfdef) && p != 0xad);
	}
}

static void check_escape(const char *text, size_t length)
{
	size_t size = ESCAPE_GROWTH * length + 1;
	char *whole = malloc(size), *again = malloc(size);
	size_t n = escape(whole, size, text, length);

	require(n < size && whole[n] == '\0');
	check_shown(whole, n);
	require(escape(again, size, whole, n) == n && memcmp(again, whole, n) == 0);
	/* In less room, the same, and not half a character. */
	size_t less = 1 + length / 2;
	char *cut = malloc(less);
	size_t m = escape(cut, less, text, length);
	require(m < less && m <= n && cut[m] == '\0' && memcmp(cut, whole, m) == 0);
	check_shown(cut, m);
	free(cut);
	free(again);
	free(whole);
}

static void check_secret(const char *before, const char *behind)
{
	static const char *const logins[] = {"://u:S3CR3T@", "u:S3CR3T@", "password=S3CR3T&"};

	for (size_t i = 0; i < 3; i++) {
		size_t size = strlen(before) + strlen(behind) + 40;
		char *line = malloc(size), *shown = malloc(size), *again = malloc(size);

		strcat(strcat(strcpy(line, before), logins[i]), behind);
		secret_show(shown, size, line);
		require(strlen(shown) < size && !strstr(shown, "S3CR3T"));
		secret_hide(line, size);
		require(strlen(line) < size && !strstr(line, "S3CR3T"));
		strcat(strcat(strcpy(again, before), logins[i]), behind);
		secret_blank_word(again);
		require(!strstr(again, "S3CR3T"));
		free(again);
		free(shown);
		free(line);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	char *text = malloc(length + 1);

	/* The oracle's word. */
	if (memmem(octets, length, "S3CR3T", 6))
		length = 0;
	if (length)
		memcpy(text, octets, length);
	text[length] = '\0';
	check_escape(text, length);
	size_t first = strlen(text);
	check_secret(text, first < length ? text + first + 1 : "");
	free(text);
	return 0;
}
