/* Packets: LINK TYPE (one octet), then octets. Link layers and ZEP are taken off within the packet,
 * or it stays as it was; what ZEP gives is a frame, what link_layer_strip gives is IP. */
#include <stdlib.h>
#include <string.h>

#include "packet/link_layer.h"
#include "packet/zep.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static const uint16_t link_types[] = {1, 113, 276, 0, 108, 101, 12, 228, 229, 230};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_within(const struct envelope_packet *p, const struct envelope_packet *whole)
{
	return p->data >= whole->data && p->length <= whole->length &&
	       p->data + p->length <= whole->data + whole->length;
}

static bool is_same(const struct envelope_packet *p, const struct envelope_packet *q)
{
	return p->data == q->data && p->length == q->length && p->link_type == q->link_type;
}

static void check_zep(const struct envelope_packet *whole)
{
	struct envelope_packet p = *whole;
	struct zep_radio radio = {.lqi = 1};
	enum zep_result result = zep_unwrap(&p, &radio);

	require(is_within(&p, whole) && p.time_ns == whole->time_ns);
	if (result == ZEP_FCS || result == ZEP_TI)
		require(p.link_type == 195 && p.length <= 127 &&
		        (radio.has_lqi || result == ZEP_FCS));
	else
		require(is_same(&p, whole));
	require(result == ZEP_NONE || zep_may_hold(whole->link_type));
}

static void check_ip(const struct envelope_packet *whole)
{
	struct envelope_packet p = *whole;

	if (!link_layer_strip(&p)) {
		require(is_same(&p, whole));
		return;
	}
	require(is_within(&p, whole) && p.length && p.link_type == ENVELOPE_LINK_RAW);
	require(p.data[0] >> 4 == 4 || p.data[0] >> 4 == 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	if (!n)
		return 0;
	uint8_t *octets = malloc(n);
	memcpy(octets, in + 1, n - 1);
	const struct envelope_packet p = {
		octets, n - 1, 42, link_types[in[0] % (sizeof link_types / sizeof *link_types)]};

	check_zep(&p);
	check_ip(&p);
	free(octets);
	return 0;
}
