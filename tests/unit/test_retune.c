/* bin/common/probe: another channel while a firmware runs, and the two threads that ask for it and
 * do it. */
#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>

#include "base/event.h"
#include "probe/hdlc.h"
#include "probe/retune.h"
#include "probe/spinel.h"

static const int64_t SECOND = INT64_C(1000000000);

static struct firmware_line line;

static void open_line(const char *name, int channel)
{
	const struct firmware_config config = {.channel = channel, .max_frame = 127};
	unsigned number = 0;

	while (strcmp(firmware_names[number], name) != 0)
		number++;
	firmware_line_init(&line, firmware_at(number), &config);
	firmware_start(&line, SECOND);
	line.out_length = 0;
	line.words[0] = '\0';
}

static bool has_said(const void *octets, size_t n)
{
	return memmem(line.out, line.out_length, octets, n) != NULL;
}
#define HAS_SAID(octets) has_said(octets, sizeof(octets) - 1)

static void hear(const void *octets, size_t n)
{
	const uint8_t *in = octets;
	struct firmware_event e;

	for (size_t used = 0; used < n;)
		used += firmware_read(&line, in + used, n - used, 2 * SECOND, &e);
}

Test(retune, sensniff_is_told_and_answers)
{
	open_line("sensniff", 11);
	firmware_set_channel(&line, 20, true, SECOND);
	cr_assert(HAS_SAID("\xc1\x1f\xfe\x72\x02\x84\0\1\x14"));
	cr_assert_eq(line.channel, -1, "until it has answered, nobody knows");
	hear("\xc1\x1f\xfe\x72\x02\x01\0\1\x14\0", 10);
	cr_assert_eq(line.channel, 20);
	cr_assert_str_eq(line.words, "");
}

Test(retune, what_sensniff_refuses_is_told)
{
	open_line("sensniff", 11);
	hear("\xc1\x1f\xfe\x72\x02\x01\0\1\x0b\0", 10);
	firmware_set_channel(&line, 30, true, SECOND);
	hear("\xc1\x1f\xfe\x72\x02\x7f\0\0\0", 9);
	cr_assert(strstr(line.words, "channel 30 is refused"), "%s", line.words);
	hear("\xc1\x1f\xfe\x72\x02\x01\0\1\x0b\0", 10);
	cr_assert_eq(line.channel, 11);
}

Test(retune, answers_to_what_was_asked_before_are_no_refusal)
{
	open_line("sensniff", 11);
	firmware_set_channel(&line, 20, true, SECOND);
	firmware_set_channel(&line, 21, true, SECOND);
	hear("\xc1\x1f\xfe\x72\x02\x01\0\1\x0b\0", 10);
	hear("\xc1\x1f\xfe\x72\x02\x01\0\1\x14\0", 10);
	cr_assert(line.words[0] == '\0' && line.channel == -1, "%s", line.words);
	hear("\xc1\x1f\xfe\x72\x02\x01\0\1\x15\0", 10);
	cr_assert(line.words[0] == '\0' && line.channel == 21, "%s", line.words);

	open_line("serial-radio", 15);
	firmware_set_channel(&line, 20, true, SECOND);
	hear("\xc0!V\0\1\0\x0f\xc0", 8);
	cr_assert(line.words[0] == '\0' && line.channel == 20, "%s", line.words);
	hear("\xc0!V\0\1\0\x14\xc0", 8);
	cr_assert(line.words[0] == '\0' && line.channel == 20, "%s", line.words);
}

Test(retune, nrf_sniffer_is_told_in_words)
{
	open_line("nrf-sniffer", -1);
	firmware_set_channel(&line, 25, true, SECOND);
	cr_assert(HAS_SAID("channel 25\r\n") && HAS_SAID("receive\r\n"));
	cr_assert_eq(line.channel, 25);
	line.out_length = 0;
	firmware_set_channel(&line, 27, true, SECOND);
	firmware_set_channel(&line, 10, true, SECOND);
	cr_assert(line.out_length == 0 && line.channel == 25, "the board has 11 to 26");
}

Test(retune, serial_radio_is_told_both_ways)
{
	open_line("serial-radio", 26);
	hear("\xc0!V\0\1\0\x1a\xc0", 8);
	firmware_set_channel(&line, 15, true, SECOND);
	cr_assert(HAS_SAID("!V\0\1\0\x0f") && HAS_SAID("!C\x0f"));
	hear("\xc0!V\0\1\0\x1a\xc0", 8);
	cr_assert(strstr(line.words, "channel 15 is refused: the probe is on channel 26"));
	cr_assert_eq(line.channel, 26);
}

/* --- spinel: a step of its own --- */

static void rcp_says(const uint8_t *message, size_t n)
{
	uint8_t octets[HDLC_ENCODED_MAX(64)];

	hear(octets, hdlc_encode(octets, sizeof octets, message, n));
}
#define RCP_SAYS(...)                                                                              \
	rcp_says((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* The header of the last thing that was said of the channel. */
static uint8_t header_of_channel(uint8_t channel)
{
	uint8_t message[] = {0, SPINEL_SET, SPINEL_PHY_CHAN, channel};

	for (uint8_t tid = 1; tid < 16; tid++) {
		uint8_t octets[HDLC_ENCODED_MAX(sizeof message)];

		message[0] = (uint8_t)(SPINEL_HEADER | tid);
		size_t n = hdlc_encode(octets, sizeof octets, message, sizeof message);
		if (has_said(octets + 1, n - 1))
			return message[0];
	}
	return 0;
}

Test(retune, spinel_changes_its_channel_and_nothing_else)
{
	open_line("spinel", 11);
	RCP_SAYS(SPINEL_HEADER, SPINEL_IS, SPINEL_LAST_STATUS, 114);
	for (uint8_t tid = 1; tid < 7; tid++) /* the steps behind the reset */
		RCP_SAYS((uint8_t)(SPINEL_HEADER | tid), SPINEL_IS, SPINEL_LAST_STATUS, 0);
	line.out_length = 0;
	firmware_set_channel(&line, 20, true, SECOND);
	uint8_t header = header_of_channel(20);
	cr_assert(header && line.out_length < 16, "%zu octets", line.out_length);
	RCP_SAYS(header, SPINEL_IS, SPINEL_PHY_CHAN, 20);
	cr_assert(line.channel == 20 && line.words[0] == '\0', "%s", line.words);
}

Test(retune, spinel_is_told_the_last_channel_that_was_asked_for)
{
	open_line("spinel", 11);
	RCP_SAYS(SPINEL_HEADER, SPINEL_IS, SPINEL_LAST_STATUS, 114);
	for (uint8_t tid = 1; tid < 7; tid++)
		RCP_SAYS((uint8_t)(SPINEL_HEADER | tid), SPINEL_IS, SPINEL_LAST_STATUS, 0);
	firmware_set_channel(&line, 20, true, SECOND);
	uint8_t first = header_of_channel(20);
	firmware_set_channel(&line, 21, true, SECOND);
	uint8_t second = header_of_channel(21);
	cr_assert(first && second && first != second);
	RCP_SAYS(first, SPINEL_IS, SPINEL_PHY_CHAN, 20);
	cr_assert_eq(line.channel, 21, "an answer to what is asked no more");
	RCP_SAYS(second, SPINEL_IS, SPINEL_LAST_STATUS, 3);
	cr_assert(strstr(line.words, "channel 21 is refused"), "%s", line.words);
}

Test(retune, raw_cannot_be_told)
{
	open_line("raw", 15);
	firmware_set_channel(&line, 20, true, SECOND);
	cr_assert(line.channel == 15 && line.out_length == 0, "frames keep their label");
}

Test(retune, a_port_that_is_away_is_told_when_it_is_back)
{
	open_line("sensniff", 11);
	firmware_set_channel(&line, 20, false, SECOND);
	cr_assert_eq(line.out_length, 0);
	firmware_start(&line, 2 * SECOND);
	cr_assert(HAS_SAID("\xc1\x1f\xfe\x72\x02\x84\0\1\x14"));
}

/* --- two threads --- */

static bool is_readable(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, 0) == 1;
}

Test(retune, who_asks_wakes_who_does_and_hears_of_it)
{
	struct retune r;

	cr_assert_eq(retune_open(&r, NULL), 0);
	open_line("nrf-sniffer", 11);
	retune_do(&r, &line, true, SECOND);
	cr_assert(is_readable(retune_news_fd(&r)) && retune_channel(&r) == 11);
	event_drain(retune_news_fd(&r));
	retune_do(&r, &line, true, SECOND);
	cr_assert_not(is_readable(retune_news_fd(&r)), "nothing is new");

	retune_ask(&r, 19);
	retune_ask(&r, 20);
	cr_assert(is_readable(retune_asked_fd(&r)));
	retune_woken(&r);
	cr_assert_not(is_readable(retune_asked_fd(&r)));
	retune_do(&r, &line, true, SECOND);
	cr_assert(HAS_SAID("channel 20") && !HAS_SAID("channel 19"));
	cr_assert(is_readable(retune_news_fd(&r)) && retune_channel(&r) == 20);
	event_drain(retune_news_fd(&r));

	retune_ask(&r, 40);
	retune_do(&r, &line, true, SECOND);
	cr_assert(is_readable(retune_news_fd(&r)) && retune_channel(&r) == 20,
	          "it stays as it is, which is said");
	retune_do(NULL, &line, true, SECOND);
	cr_assert_eq(retune_asked_fd(NULL), -1);
}
