/* Eight octets at a time in a general register: for every processor, in either byte order. */
#include "scan.h"

#include <string.h>

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

/* What is plain at the beginning, word by word. Each is read before the next is written: out <= in may overlap. */
static size_t copy_plain(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	size_t i = 0, room = n < size ? n : size;
	uint64_t word = 0;

	for (; room - i >= WORD; i += WORD) {
		word = load(in + i);
		if (has_special(word))
			return i;
		memcpy(out + i, &word, WORD);
	}
	if (i == n || size - i < WORD)
		return i;
	word = 0;
	memcpy(&word, in + i, n - i);
	if (has_special(word))
		return i;
	memcpy(out + i, &word, WORD);
	return n;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Octets to take one by one where there is something to escape: more where there was before. */
enum { FEW = WORD, MANY = 128 * WORD };

static size_t next_dense(size_t dense, size_t plain)
{
	return plain > 0 ? FEW : dense < MANY ? 2 * dense : MANY;
}

/* At the most `most` octets of out. */
static struct slip_run unescape_some(uint8_t *out, const uint8_t *in, size_t n, size_t most)
{
	size_t used = 0, written = 0;

	while (written < most && used < n) {
		uint8_t octet = in[used];

		if (octet == SLIP_END)
			break;
		if (octet == SLIP_ESC) {
			if (used + 1 == n)
				break;
			octet = in[used + 1];
			if (octet == SLIP_ESC_END)
				octet = SLIP_END;
			else if (octet == SLIP_ESC_ESC)
				octet = SLIP_ESC;
			else
				break;
			used++;
		}
		used++;
		out[written++] = octet;
	}
	return (struct slip_run){used, written};
}

static struct slip_run unescape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = {0, 0}, some;
	size_t dense = FEW;

	do {
		size_t plain = copy_plain(out + run.written, size - run.written, in + run.used, n - run.used);

		run = slip_run_sum(run, (struct slip_run){plain, plain});
		some = unescape_some(out + run.written, in + run.used, n - run.used,
		                     smallest(size - run.written, dense, dense));
		run = slip_run_sum(run, some);
		dense = next_dense(dense, plain);
	} while (some.used > 0);
	return run;
}

/* in[0..n), for which there is room whatever is in it. */
static struct slip_run escape_some(uint8_t *out, const uint8_t *in, size_t n)
{
	uint8_t *to = out;

	for (size_t i = 0; i < n; i++) {
		uint8_t octet = in[i];

		switch (octet) {
		case SLIP_END:
			*to++ = SLIP_ESC;
			*to++ = SLIP_ESC_END;
			break;
		case SLIP_ESC:
			*to++ = SLIP_ESC;
			*to++ = SLIP_ESC_ESC;
			break;
		default:
			*to++ = octet;
		}
	}
	return (struct slip_run){n, (size_t)(to - out)};
}

static struct slip_run escape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = {0, 0}, some;
	size_t dense = FEW;

	do {
		size_t plain = copy_plain(out + run.written, size - run.written, in + run.used, n - run.used);

		run = slip_run_sum(run, (struct slip_run){plain, plain});
		some = escape_some(out + run.written, in + run.used,
		                   smallest(n - run.used, (size - run.written) / 2, dense));
		run = slip_run_sum(run, some);
		dense = next_dense(dense, plain);
	} while (some.used > 0);
	if (run.used < n && size - run.written == 1 && !slip_is_special(in[run.used])) {
		out[run.written++] = in[run.used++];
	}
	return run;
}

static size_t encode(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	return slip_encode_with(escape, out, size, in, n);
}

static size_t span(const uint8_t *in, size_t n)
{
	size_t i = 0;

	while (n - i >= WORD && !has_special(load(in + i)))
		i += WORD;
	while (i < n && !slip_is_special(in[i]))
		i++;
	return i;
}

static size_t count(const uint8_t *in, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += slip_is_special(in[i]);
	return found;
}

const struct slip_kernels slip_kernels_scalar = {
    .name = "scalar",
    .unescape = unescape,
    .escape = escape,
    .decode = slip_decode_any,
    .encode = encode,
    .count = count,
    .span = span,
};
