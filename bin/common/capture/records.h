/* records.h - whole records, one behind the other, that are written to a file together. Does no
 * I/O. */
#ifndef CAPTURE_RECORDS_H
#define CAPTURE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORDS_OCTETS = 512 << 10, RECORDS_MAX = 32 << 10 };
#define RECORDS_PACKET 0x80000000u

struct records {
	size_t used; /* of the octets */
	unsigned count, packets;
	uint32_t list[RECORDS_MAX]; /* where each ends; RECORDS_PACKET: it is one */
	uint8_t octets[RECORDS_OCTETS];
};

static inline bool records_has_room(const struct records *b, size_t length)
{
	return b->used + length <= RECORDS_OCTETS && b->count < RECORDS_MAX;
}

/* The record that stands behind the others already. */
static inline void records_add(struct records *b, size_t length, bool is_packet)
{
	b->used += length;
	b->packets += is_packet;
	b->list[b->count++] = (uint32_t)b->used | (is_packet ? RECORDS_PACKET : 0);
}

static inline void records_clear(struct records *b)
{
	b->used = 0;
	b->count = b->packets = 0;
}

/* Octets of the records that are whole in the first n; packets among them are added to. */
size_t records_whole(const struct records *b, size_t n, uint64_t *packets);

/* The first n octets, of whole records, are taken away. */
void records_remove(struct records *b, size_t n);

/* What is written to a pipe next, behind the first `done` octets: of whole records as many as there
 * are in `most`, or `most` of a longer one. *record: the first that has not been written to its
 * end; at first 0. */
size_t records_piece(const struct records *b, size_t done, size_t most, unsigned *record);
bool records_is_inside_record(const struct records *b, size_t done, unsigned record);

#endif
