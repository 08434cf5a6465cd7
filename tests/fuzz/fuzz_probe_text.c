/* Octets between two ENDs: text never reads beyond them, is never longer than they are, is no frame
 * with a right FCS; what is called a frame with text before it has octets; lines end. Then what
 * --fcs finds out from them, cut in pieces. */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "probe/fcs.h"
#include "probe/recognise.h"
#include "probe/text.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(const uint8_t *octets, size_t n)
{
	struct probe_text text = probe_text_sort(octets, n);
	bool right = n >= 4 && (frame_fcs16_ok(octets, n) || frame_fcs32_ok(octets, n));
	const uint8_t *line;
	size_t at = 0, length;

	require(text.length <= n && (text.length == 0) == (text.kind == PROBE_TEXT_NONE ||
	                                                   text.kind == PROBE_TEXT_OTHER));
	require((text.what != NULL) == (text.kind == PROBE_TEXT_OTHER));
	require(!right || text.kind == PROBE_TEXT_NONE);
	require(text.kind != PROBE_TEXT_BEFORE || text.length + 3 <= n);
	require(text.kind != PROBE_TEXT_ALL || text.length == n);
	while (probe_text_line(octets, n, &at, &line, &length))
		require(length && line >= octets && line + length <= octets + n && at <= n);
	require(at <= n);
}

/* The first octet of a piece is its length. */
static void check_fcs(const uint8_t *octets, size_t n)
{
	struct fcs f;

	fcs_init(&f, PROBE_FCS_AUTO, -73);
	while (n > 1) {
		size_t length = octets[0] < n - 1 ? octets[0] : n - 1;
		struct probe_frame frame = {.mac = octets + 1, .length = length};
		bool decided = f.decided;
		enum fcs_event event = fcs_weigh(&f, octets + 1, length);

		require(f.decided ==
		        (event == FCS_DECIDED || (decided && event != FCS_TAKEN_BACK)));
		require(f.decided == (f.mode != PROBE_FCS_NONE));
		require(fcs_strip(&f, &frame) || frame.length == length);
		require(frame.length <= length && (frame.length || !length));
		octets += 1 + length;
		n -= 1 + length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n)
{
	/* Its end is where the sanitizer sees what reads on. */
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		return 0;
	memcpy(copy, octets, n);
	check_text(copy, n);
	check_fcs(copy, n);
	require(recognise_name(recognise(copy, n).language) != NULL);
	recognise_begins_line(copy, n);
	recognise_may_be_capture(copy, n);
	free(copy);
	return 0;
}
