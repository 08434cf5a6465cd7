/* portable_slip.c - libslip's vectors without a test framework, for machines where there is none
 * (32 bits, big-endian and NEON under qemu-user): prints what fails and a closing line, exit status
 * 1 if anything did. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/slip_reference.h"
#include "../unit/slip_vectors.h"
#include "slip.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { OCTETS_MAX = 800 };

static unsigned passed, failed;

static void check(bool holds, const char *what, const char *name)
{
	if (holds) {
		passed++;
		return;
	}
	failed++;
	printf("FAILED: %s: %s [%s]\n", what, name, slip_kernels()->name);
}

static size_t unhex(uint8_t *out, const char *hex)
{
	size_t n = 0;

	for (; *hex; hex += 2)
		out[n++] = (uint8_t)strtoul((char[]){hex[0], hex[1], 0}, NULL, 16);
	return n;
}

/* --- named streams, in pieces of every length --- */

static void tell(char *text, size_t size, const struct slip_decoder *d, enum slip_event event,
                 size_t offset)
{
	static const char *const names[] = {"more", "frame ", "bad_escape", "overlong",
	                                    "before_first_end"};
	size_t n = strlen(text);

	n += (size_t)snprintf(text + n, size - n, "%s%lu %s", n ? ", " : "", (unsigned long)offset,
	                      names[event]);
	for (size_t i = 0; event == SLIP_FRAME && i < d->length; i++)
		n += (size_t)snprintf(text + n, size - n, "%02x", d->frame[i]);
}

static void check_stream(const struct slip_stream *stream, size_t longest)
{
	uint8_t line[256], frame[256];
	char text[1024] = "";
	size_t n = unhex(line, stream->hex);
	struct slip_decoder d;

	slip_decoder_init(&d, frame, stream->size, stream->flags);
	for (size_t used = 0; used < n;) {
		size_t piece = longest - used % longest;
		enum slip_event event;

		used += slip_decode(&d, line + used, piece < n - used ? piece : n - used, &event);
		if (event != SLIP_MORE)
			tell(text, sizeof text, &d, event, used);
	}
	check(strcmp(text, stream->events) == 0, "events", stream->name);
	check(slip_decoder_finish(&d) == stream->held, "held", stream->name);
	check(memcmp(&d.counters, &stream->counters, sizeof d.counters) == 0, "counters",
	      stream->name);
}

static void check_streams(void)
{
	for (unsigned i = 0; i < COUNT(slip_streams); i++)
		for (size_t longest = 1; longest <= strlen(slip_streams[i].hex) / 2 + 1; longest++)
			check_stream(&slip_streams[i], longest);
}

/* --- named payloads --- */

static void check_codings(void)
{
	for (unsigned i = 0; i < COUNT(slip_codings); i++) {
		const char *name = slip_codings[i].name;
		uint8_t payload[64], line[64], out[64];
		size_t n = unhex(payload, slip_codings[i].payload),
		       length = unhex(line, slip_codings[i].line);

		check(slip_encoded_size(payload, n) == length, "encoded size", name);
		check(slip_encode(out, sizeof out, payload, n) == (long)length &&
		              memcmp(out, line, length) == 0,
		      "encoded", name);
		check(slip_encode(out, length - 1, payload, n) == SLIP_ESPACE, "no room", name);
	}
}

/* --- kernels against the reference, and there and back again --- */

static unsigned next_random(void)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(state >> 33);
}

static void fill(uint8_t *octets, size_t n, unsigned telling_of_256)
{
	static const uint8_t telling[] = {SLIP_END, SLIP_ESC, SLIP_ESC_END, SLIP_ESC_ESC};

	for (size_t i = 0; i < n; i++)
		octets[i] = next_random() % 256 < telling_of_256 ? telling[next_random() % 4]
		                                                 : (uint8_t)next_random();
}

/* Escapes side by side, or a few octets apart. */
static void fill_pairs(uint8_t *octets, size_t n)
{
	size_t period = 2 + next_random() % 12;

	for (size_t i = 0; i < n; i++)
		octets[i] = i % period == 0  ? SLIP_ESC
		            : i % period > 1 ? 'A'
		                             : SLIP_ESC_END | (next_random() & 1);
}

typedef struct slip_run run_function(uint8_t *out, size_t size, const uint8_t *in, size_t n);

static bool same_run(run_function *a, run_function *b, size_t size, const uint8_t *in, size_t n)
{
	static uint8_t out[2][2 * OCTETS_MAX];
	struct slip_run x = a(out[0], size, in, n), y = b(out[1], size, in, n);

	return x.used == y.used && x.written == y.written && memcmp(out[0], out[1], x.written) == 0;
}

/* Input in a block of its own, so that valgrind and sanitizers see an octet too many. */
static void check_kernels(const struct slip_kernels *k, size_t n, unsigned telling_of_256)
{
	uint8_t *in = calloc(n ? n : 1, 1), line[SLIP_ENCODED_MAX(OCTETS_MAX)], back[OCTETS_MAX];
	size_t size = next_random() % (2 * n + 1), length, used;
	struct slip_decoder d;
	enum slip_event event;

	if (!in)
		exit(1);
	if (telling_of_256 > 256)
		fill_pairs(in, n);
	else
		fill(in, n, telling_of_256);
	check(same_run(k->escape, reference_escape, 2 * n, in, n), "escape", "random octets");
	check(same_run(k->escape, reference_escape, size, in, n), "escape", "little room");
	check(same_run(k->unescape, reference_unescape, n, in, n), "unescape", "random octets");
	check(same_run(k->unescape, reference_unescape, size / 2, in, n), "unescape",
	      "little room");
	check(k->count(in, n) == reference_count(in, n) && k->span(in, n) == reference_span(in, n),
	      "looking", "random octets");
	length = (size_t)slip_encode(line, sizeof line, in, n);
	slip_decoder_init(&d, back, sizeof back, 0);
	used = slip_decode(&d, line, length, &event);
	check(used == length && d.length == n && memcmp(back, in, n) == 0, "there and back",
	      "random octets");
	free(in);
}

int main(void)
{
	const struct slip_kernels *k;

	printf("portable_slip:");
	for (unsigned index = 0; (k = slip_kernels_at(index)); index++) {
		printf(" %s", k->name);
		slip_use_kernels(k);
		check_streams();
		check_codings();
		for (size_t n = 0; n <= OCTETS_MAX; n += n < 200 ? 1 : 13)
			for (unsigned telling = 0; telling <= 256 + 64; telling += 16)
				check_kernels(k, n, telling);
	}
	printf(": %u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
