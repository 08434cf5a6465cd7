/* bench_frame - libframe: parsing, describing and building in ns a frame over captures, and the FCS
 * in GB/s, beside a memcpy of the same octets and beside the plainest code for the same job.
 * Medians of interleaved rounds, in one run. Usage: bench_frame [CAPTURE...]: pcap files of link
 * type 195, 230 or 283; without any, frames of the program's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../tests/unit/frame_vectors.h"
#include "frame.h"

enum { OCTETS_MAX = 1 << 22, FRAMES_MAX = 1 << 16, ROUNDS = 101, BLOCK = 64 * 1024 };

static uint8_t octets[OCTETS_MAX], copy[OCTETS_MAX];
static struct {
	size_t at, length;
} frames[FRAMES_MAX];
static size_t octet_count, frame_count;
static volatile size_t sink; /* what each pass gives back: nothing is optimised away */

/* --- frames --- */

static void add_frame(const uint8_t *p, size_t length)
{
	if (frame_count == FRAMES_MAX || octet_count + length > OCTETS_MAX)
		return;
	memcpy(octets + octet_count, p, length);
	frames[frame_count].at = octet_count;
	frames[frame_count++].length = length;
	octet_count += length;
}

static uint32_t number(const uint8_t *p, bool big)
{
	return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
	           : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void add_record(unsigned link_type, const uint8_t *p, size_t length)
{
	struct frame_tap tap = {.fcs_type =
	                                link_type == 195 ? FRAME_TAP_FCS16 : FRAME_TAP_FCS_NONE};
	int start = link_type == 283 ? frame_tap_parse(&tap, p, length, NULL) : 0;
	size_t trailer = tap.fcs_type == FRAME_TAP_FCS16   ? 2
	                 : tap.fcs_type == FRAME_TAP_FCS32 ? 4
	                                                   : 0;

	if (start >= 0 && length - (size_t)start > trailer)
		add_frame(p + start, length - (size_t)start - trailer);
}

static void add_capture(const char *path)
{
	static uint8_t file[1 << 24];
	FILE *stream = fopen(path, "rb");
	size_t length = stream ? fread(file, 1, sizeof file, stream) : 0;
	bool big = length && file[0] == 0xa1;
	unsigned link_type = length < 24 ? 0 : number(file + 20, big) & 0xffff;

	if (stream)
		fclose(stream);
	if (link_type != 195 && link_type != 230 && link_type != 283)
		return;
	for (size_t at = 24; length - at >= 16;) {
		size_t captured = number(file + at + 8, big);

		if (captured > length - at - 16)
			break;
		add_record(link_type, file + at + 16, captured);
		at += 16 + captured;
	}
}

static void add_vectors(void)
{
	for (size_t i = 0; i < sizeof frame_vectors / sizeof *frame_vectors; i++) {
		uint8_t p[256];
		size_t n = 0;
		unsigned nibbles = 0, value = 0;

		for (const char *c = frame_vectors[i].hex; *c; c++) {
			if (*c == ' ')
				continue;
			value = value << 4 | (unsigned)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
			if (++nibbles % 2 == 0)
				p[n++] = (uint8_t)value;
		}
		add_frame(p, n);
	}
}

/* Frames of one kind never come in a row on the air: the order is shuffled, else the processor
 * learns it by heart. */
static void shuffle(void)
{
	uint64_t state = 88172645463325252u;

	for (size_t i = frame_count - 1; i; i--) {
		size_t j, at = frames[i].at, length = frames[i].length;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		j = (size_t)(state >> 20) % (i + 1);
		frames[i] = frames[j];
		frames[j].at = at;
		frames[j].length = length;
	}
}

/* --- what is measured: each does all the frames once --- */

static size_t copy_all(void)
{
	for (size_t i = 0; i < frame_count; i++) {
		memcpy(copy, octets + frames[i].at, frames[i].length);
		__asm__ volatile("" : : "r"(copy) : "memory");
	}
	return copy[0];
}

static size_t parse_all(void)
{
	size_t sum = 0;

	for (size_t i = 0; i < frame_count; i++) {
		struct frame f;

		frame_parse(&f, octets + frames[i].at, frames[i].length, FRAME_RECEIVER, NULL);
		sum += f.payload.offset;
	}
	return sum;
}

static size_t build_all(void)
{
	size_t sum = 0;

	for (size_t i = 0; i < frame_count; i++) {
		const uint8_t *p = octets + frames[i].at;
		struct frame f;

		if (!frame_parse(&f, p, frames[i].length, FRAME_RECEIVER, NULL))
			sum += (size_t)frame_build(copy, sizeof copy, &f, p);
	}
	return sum;
}

static size_t line_all(void)
{
	char line[512];
	size_t sum = 0;

	for (size_t i = 0; i < frame_count; i++)
		sum += frame_line(line, sizeof line, octets + frames[i].at, frames[i].length);
	return sum;
}

static size_t check_all(void)
{
	size_t sum = 0;

	for (size_t i = 0; i < frame_count; i++)
		sum += frame_fcs16(octets + frames[i].at, frames[i].length);
	return sum;
}

/* --- the FCS of one block --- */

static size_t block_size;

static uint16_t table[256];

static void make_table(void)
{
	for (unsigned i = 0; i < 256; i++) {
		unsigned fcs = i;

		for (int bit = 0; bit < 8; bit++)
			fcs = fcs & 1 ? fcs >> 1 ^ 0x8408 : fcs >> 1;
		table[i] = (uint16_t)fcs;
	}
}

static size_t octet_by_octet(void)
{
	unsigned fcs = 0;

	for (size_t i = 0; i < block_size; i++)
		fcs = fcs >> 8 ^ table[(fcs ^ octets[i]) & 0xff];
	return fcs;
}

static size_t copy_block(void)
{
	memcpy(copy, octets, block_size);
	__asm__ volatile("" : : "r"(copy) : "memory");
	return copy[0];
}

static size_t fcs16_block(void)
{
	return frame_fcs16(octets, block_size);
}

static size_t fcs32_block(void)
{
	return frame_fcs32(octets, block_size);
}

/* --- measuring --- */

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double pass_ns(size_t (*pass)(void), unsigned repeats)
{
	double start = now_ns();

	for (unsigned i = 0; i < repeats; i++)
		sink = pass();
	return (now_ns() - start) / repeats;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

enum { SUBJECTS_MAX = 5 };

static void measure(size_t (*const passes[])(void), size_t count, double ns[])
{
	static double times[SUBJECTS_MAX][ROUNDS];
	unsigned repeats[SUBJECTS_MAX];

	for (size_t s = 0; s < count; s++) {
		pass_ns(passes[s], 2);
		repeats[s] = 1 + (unsigned)(400e3 / pass_ns(passes[s], 2));
	}
	for (int round = 0; round < ROUNDS; round++)
		for (size_t s = 0; s < count; s++)
			times[s][round] = pass_ns(passes[s], repeats[s]);
	for (size_t s = 0; s < count; s++) {
		qsort(times[s], ROUNDS, sizeof(double), compare);
		ns[s] = times[s][ROUNDS / 2];
	}
}

static void report_frames(void)
{
	static size_t (*const passes[])(void) = {copy_all, parse_all, build_all, line_all,
	                                         check_all};
	static const char *const names[] = {"memcpy", "frame_parse", "parse and build",
	                                    "frame_line", "frame_fcs16"};
	double ns[SUBJECTS_MAX];

	measure(passes, 5, ns);
	printf("%zu frames of %zu octets on average\n", frame_count, octet_count / frame_count);
	for (int i = 0; i < 5; i++)
		printf("%-16s %9.2f ns/frame\n", names[i], ns[i] / (double)frame_count);
}

static void report_fcs(size_t size)
{
	static size_t (*const passes[])(void) = {copy_block, octet_by_octet, fcs16_block,
	                                         fcs32_block};
	static const char *const names[] = {"memcpy", "octet by octet", "frame_fcs16",
	                                    "frame_fcs32"};
	double ns[SUBJECTS_MAX];

	block_size = size;
	measure(passes, 4, ns);
	for (int i = 0; i < 4; i++)
		printf("%-6zu %-16s %9.2f GB/s  %6.2f of memcpy  %7.2f times octet by octet\n",
		       size, names[i], (double)size / ns[i], ns[0] / ns[i], ns[1] / ns[i]);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		add_capture(argv[i]);
	if (!frame_count)
		add_vectors();
	shuffle();
	report_frames();
	for (size_t i = 0; i < BLOCK; i++)
		octets[i] = (uint8_t)(i * 2654435761u >> 24);
	make_table();
	report_fcs(127);
	report_fcs(BLOCK);
	return 0;
}
