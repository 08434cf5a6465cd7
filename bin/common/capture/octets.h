/* octets.h - numbers into octets, little-endian: what both capture formats are written in. Each
 * returns the place behind what it wrote. */
#ifndef CAPTURE_OCTETS_H
#define CAPTURE_OCTETS_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t *put16(uint8_t *at, uint16_t value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof value);
	return at + sizeof value;
}

static inline uint8_t *put32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof value);
	return at + sizeof value;
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
