/* Filters: LINK TYPE (one octet), WORDS, a NUL, a packet. What is read as a filter means the same
 * in parentheses and under two nots, and the opposite under one; what is not gives its reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static const uint16_t link_types[] = {195, 230, 283, 101};

static bool passes(const char *format, const char *words, const struct envelope_packet *p)
{
	char text[400];
	struct why why;
	struct filter *f;
	bool passed;

	snprintf(text, sizeof text, format, words);
	f = filter_new(text, &why);
	if (!f)
		abort();
	passed = filter_passes(f, p);
	filter_free(f);
	return passed;
}

static void compare(const struct filter *f, const char *words, const struct envelope_packet *p)
{
	bool passed = filter_passes(f, p);

	if (passes("(%s)", words, p) != passed || passes("!(%s)", words, p) == passed ||
	    passes("not !(%s)", words, p) != passed)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	const uint8_t *end = n ? memchr(in + 1, 0, n - 1) : NULL;
	struct why why = {""};
	struct filter *f;

	if (!end)
		return 0;
	f = filter_new((const char *)in + 1, &why);
	if (!f && !why.text[0])
		abort();
	if (f && end - in < 100) {
		size_t length = n - (size_t)(end + 1 - in);
		uint8_t *octets = malloc(length + !length);

		memcpy(octets, end + 1, length);
		compare(f, (const char *)in + 1,
		        &(struct envelope_packet){octets, length, 0, link_types[in[0] % 4]});
		free(octets);
	}
	filter_free(f);
	return 0;
}
