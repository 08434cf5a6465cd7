/* Any octets to the three texts of libframe, whole and cut at a size that the octets say: never written past the end,
 * always ended by a NUL, and a cut text is the beginning of the whole one. */
#include "fuzz_frame.h"

typedef size_t text_function(char *out, size_t size, const uint8_t *octets, size_t length);

static void check_text(text_function *function, const uint8_t *octets, size_t length, bool counts_all)
{
	static char whole[1 << 20];
	size_t n = function(whole, sizeof whole, octets, length), size = length ? octets[length - 1] * 3u : 0, written;
	char *cut = malloc(size ? size : 1); /* on the heap, where a sanitizer sees each octet too many */

	REQUIRE(n == strlen(whole));
	written = function(cut, size, octets, length);
	REQUIRE(written == (counts_all ? n : size == 0 ? 0 : n < size ? n : size - 1));
	REQUIRE(size == 0 || (strlen(cut) < size && strncmp(whole, cut, strlen(cut)) == 0));
	free(cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	if (length > FRAME_OCTETS_MAX)
		return 0;
	check_text(frame_line, octets, length, false);
	check_text(frame_text, octets, length, true);
	check_text(frame_json, octets, length, true);
	return 0;
}
