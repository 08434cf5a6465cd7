/* bench_slip: libslip against a memcpy of each of the same frames, and against the octet-at-a-time
 * state machine that every mote project has, on 64 KiB of frames at a time. Rows of name  value
 * unit  x memcpy  x machine where the last two are speeds relative to these yardsticks in the same,
 * interleaved rounds. Medians. bench_slip [KERNELS [LOAD]]: only rows of these, such as `bench_slip
 * scalar "all ESC"`. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../libslip/kernels/slip_kernels.h"
#include "slip.h"

enum {
	TOTAL = 64 * 1024,
	FRAMES_MAX = TOTAL,
	ROUNDS = 101,
	ROUND_NS = 200 * 1000,
	LINE_SIZE = 3 * TOTAL,
	FRAME_SIZE = 4096
};

static _Alignas(64) uint8_t payload[TOTAL], line[LINE_SIZE], out[LINE_SIZE], frame[FRAME_SIZE];
static size_t frame_size, frame_count, line_length;
static volatile size_t sink;

static void compiler_forgets(const void *memory)
{
	__asm__ volatile("" : : "r"(memory) : "memory");
}

/* --- what is measured: each pass does all frames once --- */

static size_t memcpy_in_a_row(void)
{
	size_t at = 0;

	for (size_t i = 0; i < frame_count; i++) {
		memcpy(out + at, payload + i * frame_size, frame_size);
		at += frame_size;
	}
	return at;
}

static size_t memcpy_to_one_place(void)
{
	for (size_t i = 0; i < frame_count; i++) {
		memcpy(frame, payload + i * frame_size, frame_size);
		compiler_forgets(frame);
	}
	return frame_size;
}

static size_t machine_encode(void)
{
	uint8_t *to = out;

	for (size_t i = 0; i < frame_count; i++) {
		const uint8_t *in = payload + i * frame_size;

		*to++ = SLIP_END;
		for (size_t j = 0; j < frame_size; j++) {
			switch (in[j]) {
			case SLIP_END:
				*to++ = SLIP_ESC;
				*to++ = SLIP_ESC_END;
				break;
			case SLIP_ESC:
				*to++ = SLIP_ESC;
				*to++ = SLIP_ESC_ESC;
				break;
			default:
				*to++ = in[j];
			}
		}
		*to++ = SLIP_END;
	}
	return (size_t)(to - out);
}

static size_t machine_decode(void)
{
	size_t length = 0, frames = 0;

	for (size_t i = 0; i < line_length; i++) {
		uint8_t octet = line[i];

		switch (octet) {
		case SLIP_END:
			if (length > 0) {
				frames++;
				compiler_forgets(frame);
			}
			length = 0;
			continue;
		case SLIP_ESC:
			if (++i == line_length)
				continue;
			octet = line[i];
			if (octet == SLIP_ESC_END)
				octet = SLIP_END;
			else if (octet == SLIP_ESC_ESC)
				octet = SLIP_ESC;
			break;
		default:
			break;
		}
		if (length < FRAME_SIZE)
			frame[length++] = octet;
	}
	return frames;
}

static size_t libslip_encode(void)
{
	size_t at = 0;

	for (size_t i = 0; i < frame_count; i++)
		at += (size_t)slip_encode(out + at, LINE_SIZE - at, payload + i * frame_size,
		                          frame_size);
	return at;
}

static size_t libslip_decode(void)
{
	struct slip_decoder d;
	size_t frames = 0;

	slip_decoder_init(&d, frame, FRAME_SIZE, 0);
	for (size_t used = 0; used < line_length;) {
		enum slip_event event;

		used += slip_decode(&d, line + used, line_length - used, &event);
		frames += event == SLIP_FRAME;
	}
	return frames;
}

static size_t libslip_decode_buffer(void)
{
	static struct slip_frame frames[FRAMES_MAX];

	return slip_decode_buffer(out, LINE_SIZE, line, line_length, 0, frames, FRAMES_MAX, NULL);
}

enum subject {
	ROW_COPY,
	ONE_COPY,
	MACHINE_ENCODE,
	MACHINE_DECODE,
	ENCODE,
	DECODE_BUFFER,
	DECODE,
	SUBJECTS
};

static size_t (*const passes[SUBJECTS])(void) = {
	memcpy_in_a_row, memcpy_to_one_place,   machine_encode, machine_decode,
	libslip_encode,  libslip_decode_buffer, libslip_decode,
};

/* --- measuring --- */

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double pass_ns(enum subject s, unsigned repeats)
{
	double start = now_ns();

	for (unsigned i = 0; i < repeats; i++)
		sink = passes[s]();
	return (now_ns() - start) / repeats;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* ns a frame */
static void measure(double ns[SUBJECTS])
{
	static double times[SUBJECTS][ROUNDS];
	unsigned repeats[SUBJECTS];

	for (int s = 0; s < SUBJECTS; s++) {
		pass_ns(s, 3);
		repeats[s] = 1 + (unsigned)(ROUND_NS / pass_ns(s, 3));
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int s = 0; s < SUBJECTS; s++)
			times[s][round] = pass_ns(s, repeats[s]);
	for (int s = 0; s < SUBJECTS; s++) {
		qsort(times[s], ROUNDS, sizeof(double), by_value);
		ns[s] = times[s][ROUNDS / 2] / (double)frame_count;
	}
}

static void row(const char *what, const char *load, const char *kernels, const double ns[],
                enum subject s, enum subject copy, enum subject machine)
{
	char name[64];

	snprintf(name, sizeof(name), "%s %s [%s]", what, load, kernels);
	printf("%-48s %9.2f ns/frame %8.3f x memcpy %7.2f x machine %8.2f GB/s\n", name, ns[s],
	       ns[copy] / ns[s], ns[machine] / ns[s], (double)frame_size / ns[s]);
}

/* --- payloads --- */

static uint8_t random_octet(void)
{
	static uint64_t state = UINT64_C(88172645463325252);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint8_t)(state >> 32);
}

static uint8_t plain_octet(void)
{
	for (;;) {
		uint8_t octet = random_octet();

		if (octet != SLIP_END && octet != SLIP_ESC)
			return octet;
	}
}

static uint8_t escape_octet(void)
{
	return SLIP_ESC;
}

static const struct load {
	const char *name;
	size_t size;
	uint8_t (*octet)(void);
} loads[] = {
	{"random 100", 100, random_octet},  {"random 1500", 1500, random_octet},
	{"plain 100", 100, plain_octet},    {"plain 1500", 1500, plain_octet},
	{"all ESC 100", 100, escape_octet}, {"all ESC 1500", 1500, escape_octet},
};

static void prepare(const struct load *load)
{
	frame_size = load->size;
	frame_count = TOTAL / load->size;
	for (size_t i = 0; i < TOTAL; i++)
		payload[i] = load->octet();
	line_length = machine_encode();
	memcpy(line, out, line_length);
}

static void report(const struct load *load, const struct slip_kernels *kernels)
{
	double ns[SUBJECTS];

	slip_use_kernels(kernels);
	measure(ns);
	row("slip_encode", load->name, kernels->name, ns, ENCODE, ROW_COPY, MACHINE_ENCODE);
	row("slip_decode_buffer", load->name, kernels->name, ns, DECODE_BUFFER, ROW_COPY,
	    MACHINE_DECODE);
	row("slip_decode", load->name, kernels->name, ns, DECODE, ONE_COPY, MACHINE_DECODE);
}

static void print_machine(void)
{
	char text[256];
	FILE *file = fopen("/proc/cpuinfo", "r");

	while (file && fgets(text, sizeof(text), file)) {
		if (strncmp(text, "model name", 10) == 0) {
			printf("machine %s", strchr(text, ':') + 1);
			break;
		}
	}
	if (file)
		fclose(file);
}

static bool is_wanted(const char *name, const char *wanted)
{
	return !wanted || strncmp(name, wanted, strlen(wanted)) == 0;
}

int main(int argc, char **argv)
{
	const char *wanted_kernels = argc > 1 ? argv[1] : NULL,
		   *wanted_load = argc > 2 ? argv[2] : NULL;
	const struct slip_kernels *kernels;
	unsigned count = 0;

	print_machine();
	puts("# 64 KiB of frames at a time; slip_encode and slip_decode_buffer against memcpy of "
	     "each frame to a row,\n"
	     "# slip_decode, which has one frame at a time, against memcpy of each frame to one "
	     "place");
	while (slip_kernels_at(count))
		count++;
	while (count-- > 0) {
		kernels = slip_kernels_at(count);
		for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
			if (!is_wanted(kernels->name, wanted_kernels) ||
			    !is_wanted(loads[i].name, wanted_load))
				continue;
			prepare(&loads[i]);
			report(&loads[i], kernels);
		}
	}
	return 0;
}
