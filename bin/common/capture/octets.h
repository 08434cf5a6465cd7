/* octets.h - numbers into octets, little-endian: what both capture formats are written in. Each
 * returns the place behind what it wrote. */
#ifndef CAPTURE_OCTETS_H
#define CAPTURE_OCTETS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t *put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
	return at + 2;
}

static inline uint8_t *put32(uint8_t *at, uint32_t value)
{
	return put16(put16(at, (uint16_t)value), (uint16_t)(value >> 16));
}

/* Padded with zeros to a multiple of four. */
static inline uint8_t *put_padded(uint8_t *at, const void *octets, size_t n)
{
	if (n)
		memcpy(at, octets, n);
	memset(at + n, 0, -n & 3);
	return at + n + (-n & 3);
}

#endif
