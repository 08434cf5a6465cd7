/* firmware_nrf_sniffer.c - Nordic's nRF Sniffer for 802.15.4: lines of text.
 *
 *     received: HEX power: DBM lqi: N time: US
 *
 * Echoes, prompts and boot lines stand between them, and before them on one line. */
#include <string.h>

#include "base/log.h"
#include "probe/firmware.h"

enum { DIGITS_MAX = 18 };
enum { ACK_SIZE = 3 };
enum { LONG_ACKS = 2, RIGHT_ONES = 3 }; /* so many in a row show octets in the place of an FCS */
enum { OCTETS, FRAMES, OVERLONG, UNFINISHED, MALFORMED };
static const char *const counters[] = {"octets",     "frames",    "overlong",
                                       "unfinished", "malformed", NULL};

struct own {
	size_t length; /* of the line in l->input */
	bool too_long;
	unsigned long_acks, right_ones; /* in a row */
	uint16_t last_right;
	bool has_end;
};

static struct own *own_of(struct firmware_line *l)
{
	return FIRMWARE_OWN(struct own, l);
}

static void init(struct firmware_line *l)
{
	(void)l;
}

/* --- to the mote --- */

static void say(struct firmware_line *l, const char *words)
{
	firmware_write(l, words, strlen(words));
	firmware_write(l, "\r\n", 2);
}

static void start(struct firmware_line *l, int64_t now)
{
	char words[] = "channel NN";
	int channel = l->config.channel;

	(void)now;
	say(l, "sleep");
	say(l, "shell echo off");
	if (channel >= 0) {
		words[sizeof words - 3] = (char)('0' + channel / 10);
		words[sizeof words - 2] = (char)('0' + channel % 10);
		say(l, words);
	}
	say(l, "receive");
}

static void stop(struct firmware_line *l)
{
	say(l, "sleep");
}

/* --- from the mote --- */

/* The rest of a line; false once something else has been found than was looked for. */
struct scan {
	const uint8_t *at, *end;
	bool good;
};

static void scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	s->good = s->good && (size_t)(s->end - s->at) >= n && memcmp(s->at, word, n) == 0;
	s->at += s->good ? n : 0;
}

static bool at_digit(const struct scan *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* As many digits as 64 bits have; a clock that counts no further, and a sign. */
static int64_t scan_number(struct scan *s)
{
	bool negative = s->at < s->end && *s->at == '-';
	const uint8_t *digits = s->at += negative;
	int64_t value = 0;

	while (at_digit(s) && s->at - digits < DIGITS_MAX)
		value = 10 * value + (*s->at++ - '0');
	s->good = s->good && s->at > digits && !at_digit(s);
	return negative ? -value : value;
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes the octets where their digits stand; returns how many there are. */
static size_t scan_octets(struct scan *s, uint8_t *out)
{
	size_t n = 0;

	while (s->good && s->end - s->at >= 2 && hex_value(s->at[0]) >= 0 &&
	       hex_value(s->at[1]) >= 0) {
		out[n++] = (uint8_t)(hex_value(s->at[0]) << 4 | hex_value(s->at[1]));
		s->at += 2;
	}
	s->good = s->good && n > 0;
	return n;
}

static int within(int64_t value, int from, int to)
{
	return value < from ? from : value > to ? to : (int)value;
}

/* Repeats show nothing. */
static void weigh_fcs(struct own *own, const uint8_t *frame, size_t length)
{
	uint16_t end = length > 4 ? (uint16_t)(frame[length - 2] | frame[length - 1] << 8) : 0;

	if (length <= 4 || !frame_fcs16_ok(frame, length))
		own->right_ones = 0;
	else if (!own->right_ones || end != own->last_right)
		own->right_ones++;
	own->last_right = end;
}

/* Most builds write two octets more than the frame has, in the place of its FCS, which are seldom
 * one (Nordic's own program cuts them off unseen). Acknowledgements of five octets show it. */
static void weigh_end(struct firmware_line *l, const uint8_t *frame, size_t length)
{
	struct own *own = own_of(l);
	bool is_ack = length >= 2 && (frame[0] & 0xef) == 0x02 && frame[1] == 0;
	bool had_end = own->has_end;

	if (is_ack && length == ACK_SIZE)
		own->long_acks = own->right_ones = 0;
	else if (is_ack && length == ACK_SIZE + FRAME_FCS16_SIZE)
		own->long_acks += own->long_acks < LONG_ACKS;
	else if (!own->has_end && !is_ack)
		weigh_fcs(own, frame, length);
	own->has_end = own->long_acks == LONG_ACKS || own->right_ones >= RIGHT_ONES;
	if (own->has_end != had_end)
		firmware_tell(l, LOG_INFO, "the frames have %s octets in the place of an FCS%s",
		              had_end ? "no" : "two", had_end ? "" : ", which are left out");
}

static void read_frame(struct firmware_line *l, uint8_t *line, size_t length,
                       struct firmware_event *e)
{
	struct scan s = {line, line + length, true};

	size_t octets = scan_octets(&s, line);
	scan_word(&s, " power: ");
	int64_t power = scan_number(&s);
	scan_word(&s, " lqi: ");
	int64_t lqi = scan_number(&s);
	scan_word(&s, " time: ");
	int64_t time = scan_number(&s);
	while (s.at < s.end && *s.at == ' ')
		s.at++;
	if (!s.good || s.at < s.end) {
		l->counts[MALFORMED]++;
		return;
	}
	weigh_end(l, line, octets);
	if (own_of(l)->has_end && octets > FRAME_FCS16_SIZE)
		octets -= FRAME_FCS16_SIZE;
	if (octets > l->config.max_frame) {
		firmware_tell_overlong(l, OVERLONG);
		return;
	}
	e->type = FIRMWARE_FRAME;
	e->frames[0] = (struct probe_frame){
		.mac = line,
		.length = octets,
		.has_radio = power >= INT8_MIN, /* less: it is not known */
		.has_lqi = true,
		.rssi = within(power, INT8_MIN, INT8_MAX),
		.correlation = (uint8_t)within(lqi, 0, UINT8_MAX),
		.has_clock = true,
		.clock_wraps = time <= UINT32_MAX, /* as far as one sees: newer builds count on */
		.clock_us = time < 0 ? (uint32_t)time : (uint64_t)time,
	};
}

/* Behind the last "received: ": a line whose end was lost has another one in it. NULL: there is
 * none. */
static uint8_t *find_frame(uint8_t *line, size_t length)
{
	static const char word[] = "received: ";
	uint8_t *found = NULL, *end = line + length;

	for (uint8_t *at = line; (at = memmem(at, (size_t)(end - at), word, sizeof word - 1));)
		found = at += sizeof word - 1;
	return found;
}

static void read_line(struct firmware_line *l, struct firmware_event *e)
{
	size_t length = own_of(l)->length;
	uint8_t *frame = find_frame(l->input, length);

	if (frame) {
		read_frame(l, frame, (size_t)(l->input + length - frame), e);
		return;
	}
	e->type = FIRMWARE_TEXT;
	e->text = l->input;
	e->text_length = length;
}

static void end_line(struct firmware_line *l, struct firmware_event *e)
{
	struct own *own = own_of(l);

	if (own->too_long)
		firmware_tell_overlong(l, OVERLONG);
	else if (own->length)
		read_line(l, e);
	own->length = 0;
	own->too_long = false;
}

static size_t read_octets(struct firmware_line *l, const uint8_t *in, size_t n, int64_t now,
                          struct firmware_event *e)
{
	struct own *own = own_of(l);
	size_t used = 0;

	(void)now;
	while (used < n && e->type == FIRMWARE_MORE) {
		uint8_t octet = in[used++];

		if (octet == '\n' || octet == '\r')
			end_line(l, e);
		else if (own->length < sizeof l->input)
			l->input[own->length++] = octet;
		else
			own->too_long = true;
	}
	l->counts[OCTETS] += used;
	return used;
}

static size_t finish(struct firmware_line *l)
{
	struct own *own = own_of(l);
	size_t held = find_frame(l->input, own->length) ? own->length : 0;

	l->counts[UNFINISHED] += held > 0;
	own->length = 0;
	own->too_long = false;
	return held;
}

const struct firmware firmware_nrf_sniffer = {
	.display = "nRF Sniffer for 802.15.4",
	.section = "nrf_sniffer",
	.counters = counters,
	.channel_min = 11,
	.channel_max = 26,
	.sets_channel = true,
	.boot_is_text = true,
	.tells_radio = true,
	.has_clock = true,
	.init = init,
	.start = start,
	.stop = stop,
	.read = read_octets,
	.finish = finish,
};
