/* bin/common/probe: frames that come many in a piece of the line are told of together, each whole
 * and once, whatever stands between them and whatever pieces the line comes in. */
#include <criterion/criterion.h>
#include <string.h>

#include "probe/firmware.h"
#include "slip.h"

enum { FRAMES = 300, LINE_MAX = FRAMES * 1024, LONGEST = FIRMWARE_FRAME_MAX };

/* Frames of all lengths; the shortest come in long runs, the longest seven in a row. */
static size_t length_of(unsigned number)
{
	if (number % 50 < 40)
		return 1 + number % 120;
	return number % 50 < 47 ? LONGEST : 300 + number;
}

static const uint8_t *octets_of(unsigned number)
{
	static uint8_t octets[LONGEST];

	for (size_t i = 0; i < length_of(number); i++)
		octets[i] = (uint8_t)(number * 31 + i * (number | 1));
	return octets;
}

static struct line {
	size_t length;
	uint8_t octets[LINE_MAX];
} line;

static void add(const void *octets, size_t n)
{
	cr_assert_leq(line.length + n, sizeof line.octets);
	memcpy(line.octets + line.length, octets, n);
	line.length += n;
}

static void make_line(void)
{
	static const uint8_t long_frame[LONGEST + 1] = {1};

	line.length = 0;
	for (unsigned i = 0; i < FRAMES; i++) {
		long n = slip_encode(line.octets + line.length, sizeof line.octets - line.length,
		                     octets_of(i), length_of(i));

		cr_assert_gt(n, 0);
		line.length += (size_t)n;
		if (i % 17 == 3)
			add("\x01\xdb\x02 a bad escape\xc0", 17);
		if (i == 45)
			add(long_frame, sizeof long_frame);
	}
}

static struct seen {
	struct firmware_line firmware;
	unsigned frames, most_at_once;
} seen;

static void begin(const char *name)
{
	const struct firmware_config config = {.channel = -1, .max_frame = LONGEST};
	unsigned number = 0;

	while (strcmp(firmware_names[number], name) != 0)
		number++;
	seen.frames = seen.most_at_once = 0;
	firmware_line_init(&seen.firmware, firmware_at(number), &config);
	firmware_start(&seen.firmware, 0);
}

static void feed(const uint8_t *in, size_t n)
{
	struct firmware_event e;

	do {
		size_t used = firmware_read(&seen.firmware, in, n, 0, &e);

		in += used;
		n -= used;
		if (e.type != FIRMWARE_FRAME)
			continue;
		for (unsigned i = 0; i < e.count; i++) {
			cr_assert_lt(seen.frames, FRAMES);
			cr_assert_leq(e.frames[i].mac + e.frames[i].length,
			              seen.firmware.input + sizeof seen.firmware.input);
			cr_assert_eq(e.frames[i].length, length_of(seen.frames), "%u", seen.frames);
			cr_assert_arr_eq(e.frames[i].mac, octets_of(seen.frames),
			                 e.frames[i].length, "frame %u", seen.frames);
			seen.frames++;
		}
		if (e.count > seen.most_at_once)
			seen.most_at_once = e.count;
	} while (n || e.type != FIRMWARE_MORE);
}

static void feed_in_pieces(size_t size)
{
	for (size_t at = 0; at < line.length; at += size)
		feed(line.octets + at, line.length - at < size ? line.length - at : size);
	cr_assert_eq(seen.frames, FRAMES, "%u in pieces of %zu", seen.frames, size);
	cr_assert_eq(firmware_count(&seen.firmware, "bad_escape"), (FRAMES - 3 + 16) / 17);
	cr_assert_eq(firmware_count(&seen.firmware, "overlong"), 1);
	cr_assert_eq(firmware_count(&seen.firmware, "octets"), line.length);
}

Test(firmware_frames, many_in_a_piece)
{
	static const size_t sizes[] = {1, 2, 3, 7, 64, 1000, 2048, 4096, 8192, 65536, LINE_MAX};

	make_line();
	for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		begin("raw");
		feed_in_pieces(sizes[i]);
		cr_assert_leq(seen.most_at_once, FIRMWARE_FRAMES_MAX);
	}
	cr_assert_eq(seen.most_at_once, FIRMWARE_FRAMES_MAX, "they come together");
}

/* It looks at each before it reads on. */
Test(firmware_frames, serial_radio_one_by_one)
{
	struct firmware_event e;
	unsigned frames = 0;

	make_line();
	begin("serial-radio");
	for (size_t used = 0; used < line.length;) {
		used += firmware_read(&seen.firmware, line.octets + used, line.length - used, 0,
		                      &e);
		cr_assert_eq(e.count, 1);
		frames += e.type == FIRMWARE_FRAME;
	}
	cr_assert_geq(frames, FRAMES / 2);
}

/* The line ends within a frame that stands behind others; what comes next is read from its
 * beginning. */
Test(firmware_frames, an_end_behind_several)
{
	make_line();
	begin("raw");
	for (size_t cut = 0; cut < 2000; cut += 13) {
		seen.frames = 0;
		feed(line.octets, cut);
		firmware_finish(&seen.firmware);
	}
	seen.frames = 0;
	feed(line.octets, line.length);
	cr_assert_eq(seen.frames, FRAMES);
}
