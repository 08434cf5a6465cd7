#include "scan.h"

#include <string.h>

#include "slip.h"

/* Eight octets at a time in a general register: the fallback for every processor, in either byte order. */
enum { WORD = sizeof(uint64_t) };

#define EACH_OCTET(x) (UINT64_C(0x0101010101010101) * (x))

static uint64_t load(const uint8_t *in)
{
	uint64_t word;

	memcpy(&word, in, WORD);
	return word;
}

static uint64_t zero_octets(uint64_t word)
{
	return (word - EACH_OCTET(0x01)) & ~word & EACH_OCTET(0x80);
}

static bool has_special(uint64_t word)
{
	return (zero_octets(word ^ EACH_OCTET(SLIP_END)) | zero_octets(word ^ EACH_OCTET(SLIP_ESC))) != 0;
}

static bool is_special(uint8_t octet)
{
	return octet == SLIP_END || octet == SLIP_ESC;
}

/* Octet by octet until WORD octets are written: a word with one special octet often has a second. */
static bool unescape_word(struct slip_run *run, uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	for (int i = 0; i < WORD; i++) {
		uint8_t octet;

		if (run->used == n || run->written == size || in[run->used] == SLIP_END)
			return false;
		octet = in[run->used];
		if (octet == SLIP_ESC) {
			if (n - run->used < 2)
				return false;
			if (in[run->used + 1] == SLIP_ESC_END)
				octet = SLIP_END;
			else if (in[run->used + 1] != SLIP_ESC_ESC)
				return false;
			run->used++;
		}
		run->used++;
		out[run->written++] = octet;
	}
	return true;
}

static struct slip_run unescape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = {0, 0};

	do {
		while (n - run.used >= WORD && size - run.written >= WORD) {
			uint64_t word = load(in + run.used);

			if (has_special(word))
				break;
			memcpy(out + run.written, &word, WORD);
			run.used += WORD;
			run.written += WORD;
		}
	} while (unescape_word(&run, out, size, in, n));
	return run;
}

static bool escape_word(struct slip_run *run, uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	for (int i = 0; i < WORD; i++) {
		uint8_t octet;

		if (run->used == n || run->written == size)
			return false;
		octet = in[run->used];
		if (is_special(octet)) {
			if (size - run->written < 2)
				return false;
			out[run->written++] = SLIP_ESC;
			octet = octet == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC;
		}
		run->used++;
		out[run->written++] = octet;
	}
	return true;
}

static struct slip_run escape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = {0, 0};

	do {
		while (n - run.used >= WORD && size - run.written >= WORD) {
			uint64_t word = load(in + run.used);

			if (has_special(word))
				break;
			memcpy(out + run.written, &word, WORD);
			run.used += WORD;
			run.written += WORD;
		}
	} while (escape_word(&run, out, size, in, n));
	return run;
}

static size_t count(const uint8_t *in, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += is_special(in[i]);
	return found;
}

static size_t span(const uint8_t *in, size_t n)
{
	size_t i = 0;

	while (n - i >= WORD && !has_special(load(in + i)))
		i += WORD;
	while (i < n && !is_special(in[i]))
		i++;
	return i;
}

const struct slip_kernels slip_kernels_scalar = {"scalar", unescape, escape, count, span};
