/* bin/common/capture/extcap_control.c: messages of Wireshark's toolbar, whole, at every split, at
 * every truncation, and with lengths that lie. */
#include "capture/extcap_control.h"

#include "fuzz_replay.h"

#include "../fuzz/fuzz_capture_control.c"

/* What the reader makes of octets that come in two pieces, as text: "0:1:15 0:0: " */
static const char *story(const uint8_t *octets, size_t n, size_t split)
{
	static char words[512];
	struct extcap_control_reader r = {0};
	size_t ends[] = {split, n}, at = 0;

	words[0] = '\0';
	for (unsigned piece = 0; piece < 2; piece++)
		while (at < ends[piece]) {
			struct extcap_message m;
			size_t used, length = strlen(words);
			uint8_t *in = malloc(ends[piece] - at);

			memcpy(in, octets + at, ends[piece] - at);
			if (extcap_control_read(&r, in, ends[piece] - at, &used, &m))
				snprintf(words + length, sizeof words - length, "%u:%u:%.*s ",
				         m.control, m.command, (int)m.length,
				         (const char *)m.payload);
			at += used;
			free(in);
		}
	return words;
}

static void expect(const char *expected, const uint8_t *octets, size_t n)
{
	for (size_t split = 0; split <= n; split++) {
		const char *found = story(octets, n, split);

		cr_assert(strcmp(found, expected) == 0, "split at %zu: '%s', not '%s'", split,
		          found, expected);
	}
}

#define EXPECT(expected, octets) expect(expected, (const uint8_t *)(octets), sizeof(octets) - 1)
#define INITIALIZED              "T\0\0\2\0\0"
#define SET_15                   "T\0\0\4\0\1\61\65"

Test(extcap_control, messages_are_read_at_every_split)
{
	EXPECT("0:0: ", INITIALIZED);
	EXPECT("0:1:15 ", SET_15);
	EXPECT("0:0: 0:1:15 0:0: ", INITIALIZED SET_15 INITIALIZED);
	EXPECT("", "");
}

Test(extcap_control, what_is_cut_is_no_message)
{
	static const uint8_t octets[] = SET_15;

	for (size_t n = 0; n < sizeof octets - 1; n++)
		expect("", octets, n);
}

Test(extcap_control, octets_outside_are_passed_over)
{
	EXPECT("0:1:15 ", "abc" SET_15);
	EXPECT("0:1:15 0:0: ", SET_15 "\0\xff" INITIALIZED);
}

Test(extcap_control, lengths_that_lie)
{
	EXPECT("0:0: ", "T\0\0\0" INITIALIZED); /* shorter than its own two octets */
	EXPECT("0:0: ", "T\0\0\1" INITIALIZED);
	EXPECT("0:0: ", "T\xff\xff\xff" INITIALIZED); /* longer than any message */
	EXPECT("0:0: ", "T\1\0\2" INITIALIZED);
	EXPECT("0:0: ", "TTT" INITIALIZED);          /* a length that begins a message */
	EXPECT("0:1:T ", "T\0\0\3\0\1" INITIALIZED); /* too short by five octets of the next */
}

Test(extcap_control, a_payload_that_is_too_long_is_left_out_and_what_follows_is_read)
{
	enum { LONG = EXTCAP_CONTROL_PAYLOAD + 1 };
	uint8_t octets[2 * EXTCAP_CONTROL_MAX] = {'T', 0, (LONG + 2) >> 8, (LONG + 2) & 255};
	size_t n = 4 + 2 + LONG;

	for (size_t at = 6; at + 8 < n; at += 8) /* what looks like messages there is none */
		memcpy(octets + at, "T\0\0\4\0\1\71\71", 8);
	memcpy(octets + n, SET_15, sizeof SET_15 - 1);
	cr_assert_str_eq(story(octets, n + sizeof SET_15 - 1, 0), "0:1:15 ");
	cr_assert_str_eq(story(octets, n + sizeof SET_15 - 1, 700), "0:1:15 ");
	octets[3]--;
	n--;
	memcpy(octets + n, SET_15, sizeof SET_15 - 1);
	cr_assert(strstr(story(octets, n + sizeof SET_15 - 1, 700), "0:1:15 "));
}

Test(extcap_control, what_is_written_is_cut_to_its_room)
{
	static char text[3 * EXTCAP_CONTROL_PAYLOAD];
	uint8_t out[EXTCAP_CONTROL_MAX];

	memset(text, 'x', sizeof text);
	cr_assert_eq(extcap_control_write(out, 255, EXTCAP_STATUS_BAR, text, sizeof text),
	             EXTCAP_CONTROL_MAX);
	cr_assert_arr_eq(out, ((uint8_t[]){'T', 0, 4, 2, 255, 6}), 6);
	cr_assert_eq(extcap_control_write(out, 0, EXTCAP_REMOVE, "", 0), EXTCAP_CONTROL_HEADER);
	cr_assert_arr_eq(out, ((uint8_t[]){'T', 0, 0, 2, 0, 3}), 6);
}

Test(fuzz, extcap_control)
{
	replay("tests/data/capture/fuzz_capture_control.hex", LLVMFuzzerTestOneInput);
}
