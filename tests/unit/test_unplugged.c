/* bin/common/probe: lines that are cut at every octet, and go on elsewhere: what comes after the
 * cut is read right from its first whole frame on, and nothing is put together of both sides. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "probe/firmware.h"
#include "probe/hdlc.h"
#include "slip.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { LINE_SIZE = 512, SEEN_SIZE = 64, SEEN_MAX = 16 };
enum { SIZE = 21 };

/* Data frames that differ, with octets that the framings escape. No rest of one has the header of a
 * frame (recognise_begins_line says with which chance others do). */
static void make_frame(uint8_t frame[SIZE], unsigned number)
{
	static const uint8_t frame_0[SIZE] = {0x41, 0x88, 0,   0xcd, 0xab, 2,    0,
	                                      1,    0,    'x', 0xc0, 0x7e, 0xdb, 0x11,
	                                      0xf8, 0x7d, 'a', 'b',  0xc1, 0x1f, 0x41};

	memcpy(frame, frame_0, SIZE);
	frame[2] = (uint8_t)number;
	frame[16] = (uint8_t)('A' + number);
}

/* --- how each firmware writes a frame --- */

static size_t write_slip(uint8_t *out, const uint8_t *frame)
{
	return (size_t)slip_encode(out, LINE_SIZE, frame, SIZE);
}

static size_t write_slip_unopened(uint8_t *out, const uint8_t *frame)
{
	size_t n = write_slip(out, frame) - 1;

	memmove(out, out + 1, n);
	return n;
}

static size_t write_sensniff(uint8_t *out, const uint8_t *frame)
{
	memcpy(out, (const uint8_t[]){0xc1, 0x1f, 0xfe, 0x72, 2, 0, 0, SIZE + 2}, 8);
	memcpy(out + 8, frame, SIZE);
	memcpy(out + 8 + SIZE, (const uint8_t[]){0xc4, 0x80 | 99}, 2);
	return 8 + SIZE + 2;
}

static size_t write_nrf_sniffer(uint8_t *out, const uint8_t *frame)
{
	size_t n = (size_t)sprintf((char *)out, "received: ");

	for (unsigned i = 0; i < SIZE; i++)
		n += (size_t)sprintf((char *)out + n, "%02x", frame[i]);
	return n + (size_t)sprintf((char *)out + n, " power: -60 lqi: 99 time: %u\r\n",
	                           1000u * frame[2]);
}

static size_t write_spinel(uint8_t *out, const uint8_t *frame)
{
	static const uint8_t metadata[] = {0xc4, 0x80, 0, 0, 10, 0, 15, 99, 1, 2,
	                                   3,    4,    0, 0, 0,  0, 1,  0,  0};
	uint8_t m[5 + SIZE + 2 + sizeof metadata] = {0x80, 6, 0x71, SIZE + 2, 0};

	memcpy(m + 5, frame, SIZE);
	memcpy(m + 5 + SIZE + 2, metadata, sizeof metadata);
	return hdlc_encode(out, LINE_SIZE, m, sizeof m);
}

static const struct kind {
	const char *name, *firmware;
	size_t (*write)(uint8_t *out, const uint8_t *frame);
} kinds[] = {
	{"raw", "raw", write_slip},
	{"serial-radio", "serial-radio", write_slip},
	{"serial-radio of Zephyr", "serial-radio", write_slip_unopened},
	{"sensniff", "sensniff", write_sensniff},
	{"nrf-sniffer", "nrf-sniffer", write_nrf_sniffer},
	{"spinel", "spinel", write_spinel},
};

/* --- what is seen of them --- */

struct seen {
	struct firmware_line line;
	unsigned count;
	size_t length[SEEN_MAX];
	uint8_t frame[SEEN_MAX][SEEN_SIZE];
	char text[1024];
};

static void start(struct seen *s, const struct kind *k)
{
	const struct firmware_config config = {.channel = -1, .max_frame = FIRMWARE_FRAME_MAX};
	unsigned number = 0;

	while (strcmp(firmware_names[number], k->firmware) != 0)
		number++;
	memset(s, 0, sizeof *s);
	firmware_line_init(&s->line, firmware_at(number), &config);
	firmware_start(&s->line, 0);
}

static void feed(struct seen *s, const uint8_t *octets, size_t n)
{
	struct firmware_event e;

	do {
		size_t used = firmware_read(&s->line, octets, n, 0, &e);

		octets += used;
		n -= used;
		if (e.type == FIRMWARE_TEXT)
			strncat(s->text, (const char *)e.text, e.text_length), strcat(s->text, "|");
		for (unsigned i = 0; e.type == FIRMWARE_FRAME && i < e.count; i++) {
			const struct probe_frame *f = &e.frames[i];

			cr_assert(s->count < SEEN_MAX && f->length <= SEEN_SIZE);
			memcpy(s->frame[s->count], f->mac, f->length);
			s->length[s->count++] = f->length;
		}
	} while (n || e.type != FIRMWARE_MORE);
}

static void unplug(struct seen *s)
{
	firmware_finish(&s->line);
	firmware_start(&s->line, 0);
}

static bool is_frame(const struct seen *s, unsigned at, unsigned number)
{
	uint8_t frame[SIZE];

	make_frame(frame, number);
	return s->length[at] == SIZE && memcmp(s->frame[at], frame, SIZE) == 0;
}

/* Two frames, the first octets[0..first). */
struct line {
	size_t length, first;
	uint8_t octets[LINE_SIZE];
};

static void make_line(struct line *l, const struct kind *k, unsigned from)
{
	uint8_t frame[SIZE];

	make_frame(frame, from);
	l->first = l->length = k->write(l->octets, frame);
	make_frame(frame, from + 1);
	l->length += k->write(l->octets + l->length, frame);
}

/* The mote has been without power, and begins anew. */
Test(unplugged, the_next_frame_is_right_wherever_the_line_was_cut)
{
	static struct line before, after;
	static struct seen s;

	for (const struct kind *k = kinds; k < kinds + COUNT(kinds); k++) {
		make_line(&before, k, 1);
		make_line(&after, k, 3);
		for (size_t cut = 0; cut <= before.length; cut++) {
			start(&s, k);
			feed(&s, before.octets, cut);
			unsigned whole = s.count;
			unplug(&s);
			feed(&s, after.octets, after.length);
			cr_assert(s.count == whole + 2 && is_frame(&s, whole, 3) &&
			                  is_frame(&s, whole + 1, 4),
			          "%s: cut at %zu: %u frames after %u", k->name, cut, s.count,
			          whole);
		}
	}
}

/* The mote has not noticed: the rest of what was cut comes first. */
Test(unplugged, the_rest_of_a_frame_is_none)
{
	static struct line before, after;
	static struct seen s;

	for (const struct kind *k = kinds; k < kinds + COUNT(kinds); k++) {
		make_line(&before, k, 1);
		make_line(&after, k, 3);
		for (size_t cut = before.first; cut <= before.length; cut++) {
			start(&s, k);
			feed(&s, before.octets, cut);
			unsigned whole = s.count;
			unplug(&s);
			feed(&s, before.octets + cut, before.length - cut);
			feed(&s, after.octets, after.length);
			unsigned n = s.count;
			cr_assert(n >= whole + 2 && is_frame(&s, n - 2, 3) &&
			                  is_frame(&s, n - 1, 4),
			          "%s: cut at %zu of %zu: the last of %u", k->name, cut,
			          before.length, n);
			for (unsigned i = whole; i < n - 2; i++)
				cr_expect(is_frame(&s, i, 2),
				          "%s: cut at %zu of %zu: a frame of %zu octets", k->name,
				          cut, before.length, s.length[i]);
		}
	}
}

Test(unplugged, text_is_not_put_together_of_two_lives)
{
	static struct seen s;

	for (const struct kind *k = kinds; k < kinds + COUNT(kinds); k++) {
		uint8_t line[LINE_SIZE], frame[SIZE];

		make_frame(frame, 1);
		size_t n = k->write(line, frame);
		start(&s, k);
		feed(&s, line, n);
		feed(&s, (const uint8_t *)"half a wo", 9);
		unplug(&s);
		feed(&s, (const uint8_t *)"*** Booting\r\n", 13);
		feed(&s, line, n);
		cr_assert(!strstr(s.text, "wo*"), "%s: '%s'", k->name, s.text);
	}
}
