/* scan_scalar.c - as many octets at a time as a general register has: for every processor. */
#include "scan_word.h"

/* Whether storing a word there would overwrite input that is still to be read. */
static bool is_near(const uint8_t *out, const uint8_t *in)
{
	return (uintptr_t)in - (uintptr_t)out < WORD;
}

/* Words that are plain, at the beginning. Each is read before the next is written: out <= in may
 * overlap. */
static size_t copy_plain(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	size_t i = 0, room = n < size ? n : size;

	for (; room - i >= WORD; i += WORD) {
		word_t word = load_word(in + i);

		if (has_special(word))
			break;
		store_word(out + i, word);
	}
	return i;
}

/* The octets before the special one that is in the next word. */
static size_t copy_part(uint8_t *out, const uint8_t *in)
{
	word_t word = load_word(in);

	store_word(out, word);
	return plain_in_word(word);
}

/* Octets to do one by one where a word would not do. */
enum { FEW = WORD };

/* At the most FEW octets of out. */
static struct slip_run unescape_few(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	size_t used = 0, written = 0, most = size < FEW ? size : FEW;

	while (written < most && used < n) {
		uint8_t octet = in[used];

		if (octet == SLIP_END)
			break;
		if (octet == SLIP_ESC) {
			if (used + 1 == n || !slip_is_second(in[used + 1]))
				break;
			octet = slip_unescaped(in[++used]);
		}
		used++;
		out[written++] = octet;
	}
	return (struct slip_run){used, written};
}

static struct slip_run unescape_words(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_density density = {0, 0};
	struct slip_run run = {0, 0}, few;

	do {
		run = slip_run_plain(run, copy_plain(out + run.written, size - run.written,
		                                     in + run.used, n - run.used));
		if (n - run.used < WORD || size - run.written < WORD ||
		    is_near(out + run.written, in + run.used))
			break;
		run = slip_run_plain(run, copy_part(out + run.written, in + run.used));
		if (slip_is_dense(&density, run.used))
			few = slip_unescape_dense(out + run.written, size - run.written,
			                          in + run.used, n - run.used, density.most);
		else
			few = slip_unescape_few(out + run.written, size - run.written,
			                        in + run.used, n - run.used);
		run = slip_run_sum(run, few);
		density.after = run.used;
	} while (few.used > 0);
	return run;
}

static struct slip_run unescape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = {0, 0}, few;

	do {
		run = slip_run_sum(run, unescape_words(out + run.written, size - run.written,
		                                       in + run.used, n - run.used));
		few = unescape_few(out + run.written, size - run.written, in + run.used,
		                   n - run.used);
		run = slip_run_sum(run, few);
	} while (few.used > 0);
	return run;
}

static struct slip_run escape_words(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_density density = {0, 0};
	struct slip_run run = {0, 0}, few;

	do {
		run = slip_run_plain(run, copy_plain(out + run.written, size - run.written,
		                                     in + run.used, n - run.used));
		if (n - run.used < WORD || size - run.written < WORD)
			break;
		run = slip_run_plain(run, copy_part(out + run.written, in + run.used));
		if (slip_is_dense(&density, run.used))
			few = slip_escape_dense(out + run.written, size - run.written,
			                        in + run.used, n - run.used, density.most);
		else
			few = slip_escape_few(out + run.written, size - run.written, in + run.used,
			                      n - run.used);
		run = slip_run_sum(run, few);
		density.after = run.used;
	} while (few.used > 0);
	return run;
}

/* The last part of less than a word, written together with what is before it, if all that is
 * plain. */
static bool escape_plain_rest(struct slip_run *run, uint8_t *out, size_t size, const uint8_t *in,
                              size_t n)
{
	size_t left = n - run->used;
	word_t word;

	if (left >= WORD || run->used < WORD || run->written < WORD || size - run->written < left)
		return false;
	word = load_word(in + n - WORD);
	if (has_special(word))
		return false;
	store_word(out + run->written + left - WORD, word);
	run->used += left;
	run->written += left;
	return true;
}

static struct slip_run escape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = escape_words(out, size, in, n);

	if (escape_plain_rest(&run, out, size, in, n))
		return run;
	while (run.used < n) {
		uint8_t octet = in[run.used];
		bool special = slip_is_special(octet);

		if (size - run.written < 1u + special)
			break;
		if (special)
			out[run.written++] = SLIP_ESC;
		out[run.written++] = special ? slip_escaped(octet) : octet;
		run.used++;
	}
	return run;
}

static size_t span(const uint8_t *in, size_t n)
{
	size_t i = 0;

	while (n - i >= WORD && !has_special(load_word(in + i)))
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
	.count = count,
	.span = span,
};
