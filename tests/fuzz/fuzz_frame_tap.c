/* Any octets to the reader of the TAP pseudo-header: nothing is read past the end, and what was
 * read is written and read again. */
#include "fuzz_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	uint8_t written[FRAME_TAP_MAX];
	struct frame_tap tap, again;
	int header = frame_tap_read(&tap, octets, length);
	size_t n;

	REQUIRE(header <= (int)length || length > FRAME_OCTETS_MAX);
	REQUIRE(header >= 4 || header < 0);
	REQUIRE((header < 0) == (tap.fault.error < 0) && !tap.fault.error == !tap.fault.clause);
	if (header < 0)
		return 0;
	n = frame_tap_write(written, &tap);
	REQUIRE(n <= sizeof written);
	REQUIRE(frame_tap_read(&again, written, n) == (int)n);
	REQUIRE(memcmp(&tap, &again, sizeof tap) == 0);
	return 0;
}
