#include "capture/records.h"

#include <string.h>

static size_t end_of(const struct records *b, unsigned i)
{
	return b->list[i] & ~RECORDS_PACKET;
}

static bool is_packet(const struct records *b, unsigned i)
{
	return b->list[i] & RECORDS_PACKET;
}

size_t records_whole(const struct records *b, size_t n, uint64_t *packets)
{
	size_t whole = 0;

	if (n == b->used) {
		*packets += b->packets;
		return n;
	}
	for (unsigned i = 0; i < b->count && end_of(b, i) <= n; i++) {
		whole = end_of(b, i);
		*packets += is_packet(b, i);
	}
	return whole;
}

void records_remove(struct records *b, size_t n)
{
	unsigned gone = 0;

	if (n == b->used)
		records_clear(b);
	if (!n || !b->used)
		return;
	while (gone < b->count && end_of(b, gone) <= n)
		b->packets -= is_packet(b, gone++);
	for (unsigned i = gone; i < b->count; i++)
		b->list[i - gone] = b->list[i] - (uint32_t)n;
	b->count -= gone;
	b->used -= n;
	memmove(b->octets, b->octets + n, b->used);
}

size_t records_piece(const struct records *b, size_t done, size_t most, unsigned *record)
{
	size_t piece = 0;

	most = b->used - done < most ? b->used - done : most;
	while (*record < b->count && end_of(b, *record) <= done + most)
		piece = end_of(b, (*record)++) - done;
	return piece ? piece : most;
}

bool records_is_inside_record(const struct records *b, size_t done, unsigned record)
{
	return done > (record ? end_of(b, record - 1) : 0);
}
