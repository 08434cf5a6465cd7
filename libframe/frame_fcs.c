/* frame_fcs.c - frame check sequences of 7.2.11, a table look-up an octet, sixteen octets at a time. */
#include "frame.h"

#include "frame_octets.h"

/* Row k, entry b: what bit b of an octet leaves when k octets follow it. The tables are linear in these. */
#define TABLES(ROW) \
	ROW(0x1189, 0x2312, 0x4624, 0x8c48, 0x1081, 0x2102, 0x4204, 0x8408), \
	ROW(0x19d8, 0x33b0, 0x6760, 0xcec0, 0x9591, 0x2333, 0x4666, 0x8ccc), \
	ROW(0x5adc, 0xb5b8, 0x6361, 0xc6c2, 0x8595, 0x033b, 0x0676, 0x0cec), \
	ROW(0x1cbb, 0x3976, 0x72ec, 0xe5d8, 0xc3a1, 0x8f53, 0x16b7, 0x2d6e), \
	ROW(0x0b44, 0x1688, 0x2d10, 0x5a20, 0xb440, 0x6091, 0xc122, 0x8a55), \
	ROW(0x042b, 0x0856, 0x10ac, 0x2158, 0x42b0, 0x8560, 0x02d1, 0x05a2), \
	ROW(0x9fd5, 0x37bb, 0x6f76, 0xdeec, 0xb5c9, 0x6383, 0xc706, 0x861d), \
	ROW(0x81bf, 0x0b6f, 0x16de, 0x2dbc, 0x5b78, 0xb6f0, 0x65f1, 0xcbe2), \
	ROW(0x4dfd, 0x9bfa, 0x3fe5, 0x7fca, 0xff94, 0xf739, 0xe663, 0xc4d7), \
	ROW(0x2c27, 0x584e, 0xb09c, 0x6929, 0xd252, 0xacb5, 0x517b, 0xa2f6), \
	ROW(0x5591, 0xab22, 0x5e55, 0xbcaa, 0x7145, 0xe28a, 0xcd05, 0x921b), \
	ROW(0x8555, 0x02bb, 0x0576, 0x0aec, 0x15d8, 0x2bb0, 0x5760, 0xaec0), \
	ROW(0x05ad, 0x0b5a, 0x16b4, 0x2d68, 0x5ad0, 0xb5a0, 0x6351, 0xc6a2), \
	ROW(0x7eea, 0xfdd4, 0xf3b9, 0xef63, 0xd6d7, 0xa5bf, 0x436f, 0x86de), \
	ROW(0x482a, 0x9054, 0x28b9, 0x5172, 0xa2e4, 0x4dd9, 0x9bb2, 0x3f75), \
	ROW(0x8e10, 0x1431, 0x2862, 0x50c4, 0xa188, 0x4b01, 0x9602, 0x2415)

#define B1(x, a) (x), (x) ^ (a)
#define B2(x, a, b) B1(x, a), B1((x) ^ (b), a)
#define B3(x, a, b, c) B2(x, a, b), B2((x) ^ (c), a, b)
#define B4(x, a, b, c, d) B3(x, a, b, c), B3((x) ^ (d), a, b, c)
#define B5(x, a, b, c, d, e) B4(x, a, b, c, d), B4((x) ^ (e), a, b, c, d)
#define B6(x, a, b, c, d, e, f) B5(x, a, b, c, d, e), B5((x) ^ (f), a, b, c, d, e)
#define B7(x, a, b, c, d, e, f, g) B6(x, a, b, c, d, e, f), B6((x) ^ (g), a, b, c, d, e, f)
#define TABLE(a, b, c, d, e, f, g, h) {B7(0, a, b, c, d, e, f, g), B7((h), a, b, c, d, e, f, g)}

static const uint16_t tables[16][256] = {TABLES(TABLE)};

static uint16_t sixteen(uint16_t crc, const uint8_t *p)
{
	uint16_t sum = tables[15][(p[0] ^ crc) & 0xff] ^ tables[14][p[1] ^ crc >> 8];

	for (unsigned i = 2; i < 16; i++)
		sum ^= tables[15 - i][p[i]];
	return sum;
}

uint16_t frame_fcs16(const uint8_t *octets, size_t length)
{
	uint16_t crc = 0;

	for (; length >= 16; length -= 16, octets += 16)
		crc = sixteen(crc, octets);
	for (; length; length--)
		crc = (uint16_t)(crc >> 8 ^ tables[0][(crc ^ *octets++) & 0xff]);
	return crc;
}

bool frame_fcs16_ok(const uint8_t *octets, size_t length)
{
	return length >= FRAME_FCS16_SIZE && frame_fcs16(octets, length - 2) == get_le16(octets + length - 2);
}
