#include "capture/records.h"

#include <string.h>

bool records_has_room(const struct records *b, size_t length)
{
	return b->used + length <= RECORDS_OCTETS && b->count < RECORDS_MAX;
}

void records_add(struct records *b, size_t length, bool is_packet)
{
	b->used += length;
	b->list[b->count++] = (struct record_end){(uint32_t)b->used & 0x7fffffff, is_packet};
}

size_t records_whole(const struct records *b, size_t n, uint64_t *packets)
{
	size_t whole = 0;

	for (unsigned i = 0; i < b->count && b->list[i].end <= n; i++) {
		whole = b->list[i].end;
		*packets += b->list[i].is_packet;
	}
	return whole;
}

void records_remove(struct records *b, size_t n)
{
	unsigned gone = 0;

	while (gone < b->count && b->list[gone].end <= n)
		gone++;
	for (unsigned i = gone; n && i < b->count; i++)
		b->list[i - gone] = (struct record_end){(b->list[i].end - (uint32_t)n) & 0x7fffffff,
		                                        b->list[i].is_packet};
	if (!n)
		return;
	b->count -= gone;
	b->used -= n;
	memmove(b->octets, b->octets + n, b->used);
}

size_t records_piece(const struct records *b, size_t done, size_t most, unsigned *record)
{
	size_t piece = 0;

	most = b->used - done < most ? b->used - done : most;
	while (*record < b->count && b->list[*record].end <= done + most)
		piece = b->list[(*record)++].end - done;
	return piece ? piece : most;
}

bool records_is_inside_record(const struct records *b, size_t done, unsigned record)
{
	return done > (record ? b->list[record - 1].end : 0);
}
