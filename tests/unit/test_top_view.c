/* bin/slip-dump/top_view: rates by a clock that is never set, sources told apart, every channel
 * counted and in order. */
#include "frame_test.h"

#include "../../bin/slip-dump/top_view.h"

TestSuite(top_view, .timeout = 60);

#define SECOND INT64_C(1000000000)

static struct top_view view;

/* Data of this sequence number from short address 0001; with a channel: behind a TAP header. */
static void hear(struct air *a, const char *addresses, int channel, int64_t time_ns)
{
	char hex[128];
	uint8_t octets[64];

	if (channel < 0)
		snprintf(hex, sizeof hex, "%s", addresses);
	else
		snprintf(hex, sizeof hex, "00001400 0000 0100 00000000 0300 0300 %02x%02x0000 %s",
		         channel & 0xff, channel >> 8, addresses);
	size_t n = unhex(octets, sizeof octets, hex);
	air_note(a, &(struct envelope_packet){octets, n, time_ns, channel < 0 ? 230 : 283});
}

#define DATA "418801cdabffff0100"

Test(top_view, a_clock_that_is_set_changes_no_rate)
{
	static const int64_t days[] = {0, -3600, 7200}; /* what the clock of the day is ahead */

	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
		struct air *a = air_new();
		int64_t today = 1000000 * SECOND, set = today + days[i] * SECOND;

		view = (struct top_view){.before_ns = 0};
		hear(a, DATA, 11, today);
		top_view_take(&view, a, today, 10 * SECOND);
		for (int k = 0; k < 8; k++)
			hear(a, DATA, 11, set);
		top_view_take(&view, a, set, 12 * SECOND);
		cr_assert_float_eq(view.rate, 4, 1e-9, "%g", view.rate);
		cr_assert_float_eq(view.sources[0].rate, 4, 1e-9, "%g", view.sources[0].rate);
		cr_assert_gt(view.load[view.heard[0]], 0);
		air_free(a);
	}
}

/* A source without a PAN and one in PAN 0 are two. */
Test(top_view, rates_of_sources_that_are_alike)
{
	struct air *a = air_new();

	view = (struct top_view){.before_ns = 0};
	for (int k = 0; k < 6; k++)
		hear(a, "41a0010100", -1, SECOND); /* version 2, neither PAN */
	for (int k = 0; k < 2; k++)
		hear(a, "41880100000000 0100", -1, SECOND);
	top_view_take(&view, a, SECOND, SECOND);
	cr_assert_eq(view.count, 2);
	for (int k = 0; k < 3; k++)
		hear(a, "41880100000000 0100", -1, SECOND);
	top_view_take(&view, a, 2 * SECOND, 2 * SECOND);
	for (unsigned i = 0; i < view.count; i++)
		cr_assert_float_eq(view.sources[i].rate, view.sources[i].source.has_pan ? 3 : 0,
		                   1e-9, "%g", view.sources[i].rate);
	air_free(a);
}

Test(top_view, every_channel_is_counted_and_in_order)
{
	static const int heard[] = {200, 26, -1, 11, 27, 65535, 0};
	static const int shown[] = {0, 11, 26, 27, 200, 65535, -1};
	struct air *a = air_new();

	view = (struct top_view){.before_ns = 0};
	for (size_t i = 0; i < sizeof heard / sizeof heard[0]; i++)
		hear(a, DATA, heard[i], SECOND);
	top_view_take(&view, a, SECOND, SECOND);
	cr_assert_eq(view.frames, 7);
	cr_assert_eq(view.heard_count, 7);
	for (unsigned i = 0; i < view.heard_count; i++) {
		unsigned place = view.heard[i];
		const struct air_channel *c = &view.channels[place];

		cr_assert_eq(place == AIR_CHANNEL_UNKNOWN ? -1 : c->number, shown[i], "%u", i);
		cr_assert_eq(c->frames, 1);
		cr_assert_eq(c->airtime_ns > 0, shown[i] < 0 || (shown[i] >= 11 && shown[i] <= 26));
	}
	air_free(a);
}

Test(top_view, more_channels_than_places)
{
	struct air *a = air_new();

	view = (struct top_view){.before_ns = 0};
	for (int channel = 0; channel < 300; channel++)
		hear(a, DATA, channel, SECOND);
	top_view_take(&view, a, SECOND, SECOND);
	cr_assert_eq(view.frames, 300);
	cr_assert_eq(view.heard[view.heard_count - 1], AIR_CHANNEL_OTHERS);
	cr_assert_eq(view.channels[AIR_CHANNEL_OTHERS].frames, 300 - (AIR_CHANNELS - 2));
	air_free(a);
}
