/* Any octets to the reader of the TAP pseudo-header: nothing is read past the end, and what was
 * read is written and read again. */
#include "fuzz_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	uint8_t written[FRAME_TAP_MAX];
	struct frame_tap tap, again;
	struct frame_fault fault;
	int header = frame_tap_parse(&tap, octets, length, &fault), n;

	REQUIRE(header <= (int)length || length > FRAME_OCTETS_MAX);
	REQUIRE(header >= 4 || header < 0);
	REQUIRE((header < 0) == (fault.error < 0) && !fault.error == !fault.field[0]);
	REQUIRE(fault.offset <= length);
	if (header < 0)
		return 0;
	n = frame_tap_build(written, sizeof written, &tap);
	REQUIRE(n > 0 && frame_tap_build(written, (size_t)n - 1, &tap) == FRAME_ESPACE);
	REQUIRE(frame_tap_parse(&again, written, (size_t)n, NULL) == n);
	REQUIRE(memcmp(&tap, &again, sizeof tap) == 0);
	return 0;
}
