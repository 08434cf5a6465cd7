/* frame_octets.h - little-endian octets and the limits of a field; private to libframe. */
#ifndef FRAME_OCTETS_H
#define FRAME_OCTETS_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le24(const uint8_t *p)
{
	return get_le16(p) | (uint32_t)p[2] << 16;
}

static inline uint32_t get_le32(const uint8_t *p)
{
	return get_le16(p) | (uint32_t)get_le16(p + 2) << 16;
}

static inline uint64_t get_le64(const uint8_t *p)
{
	return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline uint64_t get_le(const uint8_t *p, size_t octets)
{
	uint64_t value = 0;

	while (octets--)
		value = value << 8 | p[octets];
	return value;
}

static inline uint8_t *put_le(uint8_t *p, uint64_t value, size_t octets)
{
	for (; octets; octets--, value >>= 8)
		*p++ = (uint8_t)value;
	return p;
}

/* 9.4.2.2, Table 9-6: security levels */
static inline size_t mic_length(unsigned level)
{
	static const uint8_t lengths[] = {0, 4, 8, 16};

	return lengths[level & 3];
}

/* 9.4.4, Table 9-7: Key Source by key identifier mode */
static inline size_t key_source_length(unsigned key_id_mode)
{
	return key_id_mode >= 2 ? key_id_mode == 2 ? 4 : 8 : 0;
}

#endif
