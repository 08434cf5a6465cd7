/* Any octets to the reader of the toolbar's messages: the same messages, whole and octet by octet;
 * none is longer than what was read, and each is what its writer makes of it. */
#include <stdlib.h>
#include <string.h>

#include "capture/extcap_control.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static void require(bool holds)
{
	if (!holds)
		abort();
}

enum { SUM_START = 5381 };

struct heard {
	unsigned messages;
	uint64_t sum, octets;
};

static void hear(struct heard *h, const struct extcap_message *m)
{
	uint8_t again[EXTCAP_CONTROL_MAX];
	size_t n;

	require(m->length <= EXTCAP_CONTROL_PAYLOAD);
	n = extcap_control_write(again, m->control, (enum extcap_command)m->command,
	                         (const char *)m->payload, m->length);
	require(n == EXTCAP_CONTROL_HEADER + m->length);
	h->messages++;
	h->octets += n;
	for (size_t i = 0; i < n; i++)
		h->sum = h->sum * 33 + again[i];
}

/* Each piece in memory of its own size. */
static struct heard read_all(const uint8_t *octets, size_t length, size_t piece)
{
	struct extcap_control_reader *r = calloc(1, sizeof *r);
	struct heard h = {.sum = SUM_START};

	for (size_t at = 0; at < length; at += piece) {
		size_t n = length - at < piece ? length - at : piece, used = 0;
		uint8_t *in = malloc(n);

		memcpy(in, octets + at, n);
		for (size_t done = 0; done < n; done += used) {
			struct extcap_message m;

			if (extcap_control_read(r, in + done, n - done, &used, &m))
				hear(&h, &m);
			else
				require(done + used == n);
			require(used > 0);
		}
		free(in);
	}
	require(h.octets + r->outside <= length);
	free(r);
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct heard whole = read_all(octets, length, length ? length : 1),
		     single = read_all(octets, length, 1), seven = read_all(octets, length, 7);

	require(whole.messages == single.messages && whole.sum == single.sum);
	require(whole.messages == seven.messages && whole.sum == seven.sum);
	return 0;
}
