/* bench_envelope - libenvelope against jansson (json) and against a memcpy of the same packets
 * (pcap, gso), in the same run: rows of `name which ns/packet GB/s memcpy-ratio jansson-ratio`,
 * medians of interleaved rounds. GB/s counts the octets of the packets. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../libenvelope/envelope_json.h"
#include "envelope.h"

enum {
	PACKETS = 32,
	SUPER = 64000,
	MTU_PAYLOAD = 1448,
	BODY_MAX = PACKETS * (SUPER + 1024),
	ROUNDS = 101,
	ROUND_NS = 300 * 1000
};
enum { SUBJECTS_MAX = 5 };

static uint8_t packets[PACKETS][SUPER], copies[PACKETS][SUPER], body[BODY_MAX], out[BODY_MAX];
static char texts[PACKETS][8 * 1500 + 512], text_out[8 * 1500 + 512];
static size_t packet_size, text_lengths[PACKETS], body_length;
static volatile size_t sink; /* what each pass gives back: nothing is optimised away */

static const struct envelope_json_options options = {ENVELOPE_V1, ENVELOPE_FROM_AGENT, false,
                                                     "tun0", false};

static struct envelope_packet packet(size_t i)
{
	return (struct envelope_packet){packets[i], packet_size, 1795406616123456000 + (int64_t)i,
	                                101};
}

/* --- what is measured: each does all the packets once --- */

static size_t memcpy_all(void)
{
	for (size_t i = 0; i < PACKETS; i++) {
		memcpy(copies[i], packets[i], packet_size);
		__asm__ volatile("" : : "r"(copies[i]) : "memory");
	}
	return copies[0][0];
}

static size_t memcpy_together(void)
{
	size_t at = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		memcpy(out + at, packets[i], packet_size);
		at += packet_size;
	}
	__asm__ volatile("" : : "r"(out) : "memory");
	return at;
}

static size_t jansson_write_all(void)
{
	size_t at = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		json_t *array = json_array(), *root;

		for (size_t j = 0; j < packet_size; j++)
			json_array_append_new(array, json_integer(packets[i][j]));
		root = json_pack("{s:s, s:o, s:s, s:f}", "_api_version", "1.2.15", "data", array,
		                 "interface_name", "tun0", "timestamp", 1795406616.123456);
		at += json_dumpb(root, text_out, sizeof(text_out), JSON_SORT_KEYS);
		json_decref(root);
	}
	return at;
}

static size_t write_all(const struct envelope_octets_kernel *kernel)
{
	size_t at = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		struct envelope_packet p = packet(i);

		at += (size_t)envelope_json_build_with(kernel, text_out, sizeof(text_out), &p,
		                                       &options);
	}
	return at;
}

static size_t jansson_read_all(void)
{
	size_t octets = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		json_t *root = json_loadb(texts[i], text_lengths[i], 0, NULL),
		       *data = json_object_get(root, "data");
		size_t n = json_array_size(data);

		for (size_t j = 0; j < n; j++)
			out[j] = (uint8_t)json_integer_value(json_array_get(data, j));
		octets += n + (size_t)json_number_value(json_object_get(root, "timestamp"));
		json_decref(root);
	}
	return octets;
}

static size_t read_all(const struct envelope_octets_kernel *kernel)
{
	size_t octets = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		struct envelope_packet p;

		if (envelope_json_parse_with(kernel, &p, out, ENVELOPE_PACKET_MAX, texts[i],
		                             text_lengths[i], NULL) < 0)
			abort();
		octets += p.length;
	}
	return octets;
}

/* Scalar first, then what this processor has; where it has less, the best twice. */
static const struct envelope_octets_kernel *kernel_at(unsigned index)
{
	const struct envelope_octets_kernel *kernel = envelope_octets_at(index);

	return kernel ? kernel : envelope_octets_best();
}

static size_t read_all_0(void)
{
	return read_all(kernel_at(0));
}

static size_t read_all_1(void)
{
	return read_all(kernel_at(1));
}

static size_t read_all_2(void)
{
	return read_all(kernel_at(2));
}

static size_t write_all_0(void)
{
	return write_all(kernel_at(0));
}

static size_t write_all_1(void)
{
	return write_all(kernel_at(1));
}

static size_t write_all_2(void)
{
	return write_all(kernel_at(2));
}

static size_t pcap_write_all(void)
{
	struct envelope_pcap_writer w;

	envelope_pcap_writer_init(&w, out, sizeof(out), 101);
	for (size_t i = 0; i < PACKETS; i++) {
		struct envelope_packet p = packet(i);

		if (envelope_pcap_write(&w, &p) < 0)
			abort();
	}
	__asm__ volatile("" : : "r"(out) : "memory");
	return w.length;
}

static size_t pcap_read_all(void)
{
	struct envelope_pcap_reader r;
	struct envelope_packet p;
	size_t i = 0;

	for (envelope_pcap_reader_init(&r, body, body_length); envelope_pcap_read(&r, &p) > 0;
	     i++) {
		memcpy(copies[i], p.data, p.length);
		__asm__ volatile("" : : "r"(copies[i]) : "memory");
	}
	return i;
}

static const struct envelope_vnet offload = {
	ENVELOPE_VNET_NEEDS_CSUM, ENVELOPE_VNET_TCPV6, 60, MTU_PAYLOAD, 40, 16};

static size_t gso_write_all(void)
{
	struct envelope_gso_writer w;

	envelope_gso_writer_init(&w, out, sizeof(out));
	for (size_t i = 0; i < PACKETS; i++) {
		struct envelope_packet p = packet(i);

		if (envelope_gso_write(&w, &offload, &p) < 0)
			abort();
	}
	__asm__ volatile("" : : "r"(out) : "memory");
	return w.length;
}

static size_t gso_read_all(void)
{
	struct envelope_gso_reader r;
	struct envelope_gso_packet p;
	size_t i = 0;

	for (envelope_gso_reader_init(&r, body, body_length); envelope_gso_read(&r, &p) > 0; i++) {
		memcpy(copies[i], p.packet.data, p.packet.length);
		__asm__ volatile("" : : "r"(copies[i]) : "memory");
	}
	return i;
}

static size_t segment_all(void)
{
	size_t octets = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		struct envelope_packet p = packet(i), segment;
		struct envelope_segmenter s;

		if (envelope_segmenter_init(&s, &offload, &p) < 0)
			abort();
		while (envelope_segmenter_next(&s, out, sizeof(out), &segment) > 0)
			octets += segment.length;
	}
	return octets;
}

/* --- measuring --- */

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other work on the machine does not count */
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

struct subject {
	const char *which;
	size_t (*pass)(void);
};

static void measure(const struct subject *subjects, unsigned count, double *ns)
{
	static double times[SUBJECTS_MAX][ROUNDS];
	unsigned repeats[SUBJECTS_MAX];

	for (unsigned s = 0; s < count; s++) {
		pass_ns(subjects[s].pass, 3);
		repeats[s] = 1 + (unsigned)(ROUND_NS / pass_ns(subjects[s].pass, 3));
	}
	for (int round = 0; round < ROUNDS; round++)
		for (unsigned s = 0; s < count; s++)
			times[s][round] = pass_ns(subjects[s].pass, repeats[s]);
	for (unsigned s = 0; s < count; s++) {
		qsort(times[s], ROUNDS, sizeof(double), compare);
		ns[s] = times[s][ROUNDS / 2];
	}
}

/* subjects[0] is memcpy, and "jansson" where there is one. */
static void report(const char *name, const struct subject *subjects, unsigned count)
{
	double ns[SUBJECTS_MAX], jansson = 0;

	measure(subjects, count, ns);
	for (unsigned s = 0; s < count; s++)
		if (strcmp(subjects[s].which, "jansson") == 0)
			jansson = ns[s];
	for (unsigned s = 0; s < count; s++) {
		printf("%-22s %-12s %10.1f ns/packet %8.3f GB/s %8.4f", name, subjects[s].which,
		       ns[s] / PACKETS, (double)(packet_size * PACKETS) / ns[s], ns[0] / ns[s]);
		if (jansson > 0)
			printf(" %8.2f", jansson / ns[s]);
		printf("\n");
	}
}

static uint8_t random_octet(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint8_t)(state >> 32);
}

static void prepare(size_t size)
{
	packet_size = size;
	for (size_t i = 0; i < PACKETS; i++)
		for (size_t j = 0; j < size; j++)
			packets[i][j] = random_octet();
}

static void json_rows(size_t size)
{
	const struct subject readers[] = {{"memcpy", memcpy_all},
	                                  {"jansson", jansson_read_all},
	                                  {kernel_at(0)->name, read_all_0},
	                                  {kernel_at(1)->name, read_all_1},
	                                  {kernel_at(2)->name, read_all_2}};
	const struct subject writers[] = {{"memcpy", memcpy_all},
	                                  {"jansson", jansson_write_all},
	                                  {kernel_at(0)->name, write_all_0},
	                                  {kernel_at(1)->name, write_all_1},
	                                  {kernel_at(2)->name, write_all_2}};
	char name[64];

	prepare(size);
	for (size_t i = 0; i < PACKETS; i++) {
		struct envelope_packet p = packet(i);

		text_lengths[i] =
			(size_t)envelope_json_build(texts[i], sizeof(texts[i]), &p, &options);
	}
	snprintf(name, sizeof(name), "json read %zu", size);
	report(name, readers, 5);
	snprintf(name, sizeof(name), "json write %zu", size);
	report(name, writers, 5);
}

static void pcap_rows(size_t size)
{
	static const struct subject writers[] = {{"memcpy", memcpy_together},
	                                         {"libenvelope", pcap_write_all}};
	static const struct subject readers[] = {{"memcpy", memcpy_all},
	                                         {"libenvelope", pcap_read_all}};
	char name[64];

	prepare(size);
	body_length = pcap_write_all();
	memcpy(body, out, body_length);
	snprintf(name, sizeof(name), "pcap read %zu", size);
	report(name, readers, 2);
	snprintf(name, sizeof(name), "pcap write %zu", size);
	report(name, writers, 2);
}

static void gso_rows(size_t size)
{
	static const struct subject writers[] = {{"memcpy", memcpy_together},
	                                         {"libenvelope", gso_write_all}};
	static const struct subject readers[] = {{"memcpy", memcpy_all},
	                                         {"libenvelope", gso_read_all}};
	static const struct subject segmenters[] = {{"memcpy", memcpy_all},
	                                            {"libenvelope", segment_all}};
	char name[64];

	prepare(size);
	for (size_t i = 0; i < PACKETS; i++) { /* IPv6 and TCP */
		packets[i][0] = 0x60;
		packets[i][4] = (uint8_t)((size - 40) >> 8);
		packets[i][5] = (uint8_t)(size - 40);
		packets[i][6] = 6;
		packets[i][52] = 0x50;
	}
	body_length = gso_write_all();
	memcpy(body, out, body_length);
	snprintf(name, sizeof(name), "gso read %zu", size);
	report(name, readers, 2);
	snprintf(name, sizeof(name), "gso write %zu", size);
	report(name, writers, 2);
	snprintf(name, sizeof(name), "gso segment %zu", size);
	report(name, segmenters, 2);
}

int main(void)
{
	json_rows(1400);
	json_rows(60);
	pcap_rows(1400);
	pcap_rows(60);
	gso_rows(1400);
	gso_rows(SUPER);
	return 0;
}
