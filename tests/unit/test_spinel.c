/* bin/common/probe: the firmware "spinel" against what OpenThread's radio does, message by message.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "probe/firmware.h"
#include "probe/hdlc.h"
#include "probe/spinel.h"

enum { TID = 0x0f, MOST = 96 };
static const int64_t SECOND = INT64_C(1000000000), MS = INT64_C(1000000);

static struct firmware_line line;
static struct firmware_event event; /* the last one that was one */
static int64_t now;

/* --- what it has said --- */

static struct said {
	uint8_t octets[MOST];
	size_t length;
} said;

/* The first message that waits to be written; false: there is none. */
static bool next_said(void)
{
	struct hdlc_decoder d;
	uint8_t frame[FIRMWARE_FRAME_MAX];
	enum hdlc_event e = HDLC_MORE;
	size_t used = 0;

	hdlc_decoder_init(&d, frame, sizeof frame);
	while (used < line.out_length && e != HDLC_FRAME)
		used += hdlc_decode(&d, line.out + used, line.out_length - used, &e);
	line.out_length -= used;
	memmove(line.out, line.out + used, line.out_length);
	if (e != HDLC_FRAME)
		return false;
	cr_assert_leq(d.length, sizeof said.octets);
	memcpy(said.octets, d.frame, d.length);
	said.length = d.length;
	return true;
}

static void expect(uint8_t command, uint8_t property, const char *words)
{
	cr_assert(next_said(), "%s: nothing is said", words);
	cr_assert(said.octets[1] == command && (said.length == 2 || said.octets[2] == property),
	          "%s: %d of %#x", words, said.octets[1], said.octets[2]);
}

static void expect_nothing(const char *words)
{
	cr_assert(!next_said(), "%s: %d of %#x", words, said.octets[1], said.octets[2]);
}

/* --- what the radio says --- */

static void radio_says(const uint8_t *message, size_t n)
{
	uint8_t octets[HDLC_ENCODED_MAX(MOST)];
	size_t length = hdlc_encode(octets, sizeof octets, message, n), used = 0;
	struct firmware_event e;

	do {
		used += firmware_read(&line, octets + used, length - used, now, &e);
		if (e.type != FIRMWARE_MORE)
			event = e;
	} while (used < length || e.type != FIRMWARE_MORE);
}
#define RADIO_SAYS(...)                                                                            \
	radio_says((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void answer_status(uint8_t header, uint8_t status)
{
	RADIO_SAYS(header, SPINEL_IS, SPINEL_LAST_STATUS, status, 0);
}

/* As a radio does: with the property's value. */
static void answer(void)
{
	uint8_t message[MOST];

	memcpy(message, said.octets, said.length);
	message[1] = SPINEL_IS;
	if (said.octets[1] == SPINEL_GET)
		answer_status(said.octets[0], SPINEL_OK);
	else
		radio_says(message, said.length);
}

static void answer_all(void)
{
	while (next_said())
		answer();
}

static void open_line(int channel, bool active)
{
	const struct firmware_config config = {
		.channel = channel, .active = active, .max_frame = 127};
	unsigned number = 0;

	while (strcmp(firmware_names[number], "spinel") != 0)
		number++;
	now = SECOND;
	event.type = FIRMWARE_MORE;
	firmware_line_init(&line, firmware_at(number), &config);
	firmware_start(&line, now);
}

static void begin(int channel, bool active)
{
	open_line(channel, active);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "a reset");
	answer_status(SPINEL_HEADER, SPINEL_RESET_FIRST);
	answer_all();
	line.words[0] = '\0';
}

static const uint8_t beacon_request[] = {0x03, 0x08, 1, 0xff, 0xff, 0xff, 0xff, 7};
static const uint8_t to_one[] = {0x61, 0x88, 7, 0xcd, 0xab, 2, 0, 1, 0, 'x'};
static const uint8_t to_all[] = {0x61, 0x88, 7, 0xcd, 0xab, 0xff, 0xff, 1, 0, 'x'};

static uint8_t send_frame(const uint8_t *frame, size_t n)
{
	cr_assert(firmware_may_send(&line));
	firmware_send(&line, frame, n, now);
	while (next_said() && said.octets[2] != SPINEL_STREAM_RAW)
		answer();
	cr_assert_eq(said.octets[2], SPINEL_STREAM_RAW);
	return said.octets[0];
}

static uint8_t retries(void)
{
	return said.octets[5 + said.octets[3] + 2];
}

/* --- beginning --- */

Test(spinel, resets_its_stack_as_openthread_does)
{
	open_line(15, false);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "the stack alone");
	cr_assert_eq(said.length, 3);
	now += SECOND;
	firmware_tick(&line, now);
	expect(SPINEL_RESET, 0, "for builds that know no kinds");
	cr_assert_eq(said.length, 2);
}

/* Over USB, a reset of more than the stack takes the port away: there would be no end. */
Test(spinel, a_reset_that_takes_the_port_away_is_not_asked_for_again)
{
	open_line(15, false);
	firmware_start(&line, now += SECOND);
	expect(SPINEL_GET, SPINEL_LAST_STATUS, "has it been reset?");
	answer_status(said.octets[0], SPINEL_RESET_FIRST + 2);
	expect(SPINEL_GET, SPINEL_PROTOCOL_VERSION, "it has");
	cr_assert_eq(firmware_count(&line, "resets"), 0);
}

Test(spinel, a_port_that_went_before_the_reset_has_it_asked_for)
{
	open_line(15, false);
	firmware_start(&line, now += SECOND);
	expect(SPINEL_GET, SPINEL_LAST_STATUS, "has it been reset?");
	answer_status(said.octets[0], SPINEL_OK);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "it has not");
	answer_status(SPINEL_HEADER, SPINEL_RESET_FIRST);
	answer_all();
	cr_assert_eq(firmware_count(&line, "resets"), 0);

	open_line(15, false);
	firmware_start(&line, now);
	expect(SPINEL_GET, SPINEL_LAST_STATUS, "has it been reset?");
	firmware_tick(&line, now + 200 * MS);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "it does not say");
}

/* Some builds know interface 1 to 3 alone; some answer with another interface than was asked. */
Test(spinel, another_interface_is_tried_where_one_is_refused)
{
	open_line(15, false);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "a reset");
	cr_assert_eq(said.octets[0], SPINEL_HEADER);
	answer_status(SPINEL_HEADER, SPINEL_INVALID_INTERFACE);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "the same of the next");
	cr_assert_eq(said.octets[0], SPINEL_HEADER | 1 << SPINEL_INTERFACE_SHIFT);
	answer_status(0xb0, SPINEL_RESET_FIRST);
	expect(SPINEL_GET, SPINEL_PROTOCOL_VERSION, "a step");
	cr_assert_eq(said.octets[0] & 0x30, 0x10);
	RADIO_SAYS((uint8_t)(SPINEL_HEADER | (said.octets[0] & TID)), SPINEL_IS,
	           SPINEL_PROTOCOL_VERSION, 4, 3);
	expect(SPINEL_GET, SPINEL_NCP_VERSION, "the next");
}

Test(spinel, interfaces_come_to_an_end)
{
	open_line(15, false);
	for (unsigned i = 0; i < SPINEL_INTERFACES; i++) {
		expect(SPINEL_RESET, SPINEL_STACK_RESET, "each once");
		answer_status(SPINEL_HEADER, SPINEL_INVALID_INTERFACE);
	}
	expect_nothing("there are four");
}

/* A radio takes any channel, and hears nothing there. */
Test(spinel, a_channel_that_is_not_of_2450_mhz_is_looked_up)
{
	open_line(5, false);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "a reset");
	answer_status(SPINEL_HEADER, SPINEL_RESET_FIRST);
	while (next_said() && said.octets[2] != SPINEL_PHY_CHAN_SUPPORTED)
		answer();
	RADIO_SAYS(said.octets[0], SPINEL_IS, SPINEL_PHY_CHAN_SUPPORTED, 11, 12, 13, 26);
	cr_assert(strstr(line.words, "channel 5 is refused: the probe's radio has 11 to 26"), "%s",
	          line.words);
	expect(SPINEL_GET, SPINEL_PHY_CHAN, "which it is on");

	open_line(5, false);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "a reset");
	answer_status(SPINEL_HEADER, SPINEL_RESET_FIRST);
	while (next_said() && said.octets[2] != SPINEL_PHY_CHAN_SUPPORTED)
		answer();
	answer_status(said.octets[0], 13);
	expect(SPINEL_SET, SPINEL_PHY_CHAN, "it does not know them");
	cr_assert_eq(said.octets[3], 5);
	cr_assert_null(strstr(line.words, "refuse"), "%s", line.words);
}

/* OpenThread reads it as a packed integer. */
Test(spinel, channels_above_127_are_packed)
{
	open_line(200, false);
	expect(SPINEL_RESET, SPINEL_STACK_RESET, "a reset");
	answer_status(SPINEL_HEADER, SPINEL_RESET_FIRST);
	while (next_said() && !(said.octets[1] == SPINEL_SET && said.octets[2] == SPINEL_PHY_CHAN))
		answer();
	cr_assert(said.length == 5 && said.octets[3] == 200 && said.octets[4] == 1);
}

/* --- sending --- */

/* To be told its channel cuts short what a radio is sending, which it never answers for then. */
Test(spinel, what_a_radio_is_told_waits_for_the_frame_on_its_way)
{
	begin(15, true);
	uint8_t header = send_frame(beacon_request, sizeof beacon_request);
	firmware_set_channel(&line, 20, true, now);
	firmware_tick(&line, now);
	expect_nothing("a frame is on its way");
	answer_status(header, SPINEL_OK);
	cr_assert(event.type == FIRMWARE_ANSWER && event.outcome == FIRMWARE_SENT);
	line.in_flight = false;
	cr_assert(!firmware_may_send(&line), "the channel comes first");
	firmware_tick(&line, now);
	expect(SPINEL_SET, SPINEL_PHY_CHAN, "now it is told");
	answer();
	expect_nothing("and the frame is not sent twice");
	cr_assert(firmware_may_send(&line));
}

Test(spinel, a_frame_that_never_comes_back_holds_up_no_channel)
{
	begin(15, true);
	send_frame(beacon_request, sizeof beacon_request);
	firmware_set_channel(&line, 20, true, now);
	line.in_flight = false; /* given up */
	firmware_tick(&line, now);
	expect(SPINEL_SET, SPINEL_PHY_CHAN, "it is told");
}

Test(spinel, a_reset_in_between_sends_the_frame_again)
{
	begin(15, true);
	uint8_t header = send_frame(beacon_request, sizeof beacon_request);
	answer_status(SPINEL_HEADER, SPINEL_RESET_FIRST + 2);
	answer_status(header, SPINEL_OK);
	cr_assert_eq(event.type, FIRMWARE_MORE, "it was on the line before the reset");
	while (next_said() && said.octets[2] != SPINEL_STREAM_RAW)
		answer();
	cr_assert(said.octets[2] == SPINEL_STREAM_RAW && said.octets[0] != header);
	answer_status(said.octets[0], SPINEL_OK);
	cr_assert(event.type == FIRMWARE_ANSWER && event.outcome == FIRMWARE_SENT);
}

/* "Invalid state": its radio is off, as after a reset of which the word was lost. */
Test(spinel, a_radio_that_is_off_is_told_everything)
{
	begin(15, true);
	answer_status(send_frame(beacon_request, sizeof beacon_request), SPINEL_INVALID_STATE);
	cr_assert(event.type == FIRMWARE_ANSWER && event.outcome == FIRMWARE_REFUSED);
	cr_assert(strstr(line.words, "told everything again"), "%s", line.words);
	line.in_flight = false;
	cr_assert(!firmware_may_send(&line));
	expect(SPINEL_GET, SPINEL_PROTOCOL_VERSION, "from the beginning, but for the reset");
	answer();
	answer_all();
	cr_assert(firmware_may_send(&line));
}

/* Nobody acknowledges a broadcast, which asks for it all the same. */
Test(spinel, a_broadcast_that_asks_for_acknowledgement_is_sent_once)
{
	begin(15, true);
	uint8_t header = send_frame(to_all, sizeof to_all);
	cr_assert_eq(retries(), 0);
	answer_status(header, SPINEL_NO_ACK);
	cr_assert(event.type == FIRMWARE_ANSWER && event.outcome == FIRMWARE_SENT);
	line.in_flight = false;
	header = send_frame(to_one, sizeof to_one);
	cr_assert_gt(retries(), 0);
	answer_status(header, SPINEL_NO_ACK);
	cr_assert(event.type == FIRMWARE_ANSWER && event.outcome == FIRMWARE_NO_ACK);
}

/* --- receiving --- */

#define RECEIVED(rssi, time)                                                                       \
	SPINEL_HEADER, SPINEL_IS, SPINEL_STREAM_RAW, 5, 0, 2, 0, 9, 0, 0, rssi, 0x80, 0, 0, 10, 0, \
		15, 0, time, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 5, 0, 0, 0, 0, 0, 0

Test(spinel, a_radio_without_clock_or_level_says_zero_and_127)
{
	begin(15, false);
	RADIO_SAYS(RECEIVED(0xec, 7));
	cr_assert_eq(event.type, FIRMWARE_FRAME);
	cr_assert(event.frames[0].has_clock && event.frames[0].clock_us == 7);
	cr_assert(event.frames[0].has_radio && event.frames[0].rssi == -20);
	RADIO_SAYS(RECEIVED(0xec, 0));
	cr_assert(!event.frames[0].has_clock, "times would stand still");
	RADIO_SAYS(RECEIVED(127, 7));
	cr_assert(!event.frames[0].has_radio && event.frames[0].has_lqi);
}

Test(spinel, words_of_the_radio_are_text)
{
	begin(15, false);
	RADIO_SAYS(SPINEL_HEADER, SPINEL_IS, SPINEL_STREAM_DEBUG, 'F', 'r', 'a', 'm', 'i', 'n',
	           'g');
	cr_assert(event.type == FIRMWARE_TEXT && event.text_length == 7 &&
	          memcmp(event.text, "Framing", 7) == 0);
	event.type = FIRMWARE_MORE;
	RADIO_SAYS(SPINEL_HEADER, SPINEL_IS, SPINEL_STREAM_LOG, 'l', 'o', 'g', 0, 3, 1);
	cr_assert(event.type == FIRMWARE_TEXT && event.text_length == 3);
	event.type = FIRMWARE_MORE;
	RADIO_SAYS(SPINEL_HEADER, SPINEL_IS, SPINEL_STREAM_DEBUG);
	cr_assert_eq(event.type, FIRMWARE_MORE);
}
