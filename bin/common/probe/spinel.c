#include "probe/spinel.h"

enum { PACKED_BITS = 7, PACKED_MORE = 0x80, PACKED_OCTETS = 3 };

static bool require(struct spinel_reader *r, size_t size)
{
	if (spinel_left(r) >= size)
		return true;
	r->bad = true;
	r->at = r->end;
	return false;
}

uint64_t spinel_number(struct spinel_reader *r, size_t size)
{
	uint64_t value = 0;

	if (!require(r, size))
		return 0;
	for (size_t i = size; i > 0; i--)
		value = value << 8 | r->at[i - 1];
	r->at += size;
	return value;
}

uint32_t spinel_packed(struct spinel_reader *r)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < PACKED_OCTETS && require(r, 1); i++) {
		uint8_t octet = *r->at++;

		value |= (uint32_t)(octet & ~PACKED_MORE) << PACKED_BITS * i;
		if (!(octet & PACKED_MORE))
			return value;
	}
	r->bad = true;
	return 0;
}

struct spinel_reader spinel_data(struct spinel_reader *r)
{
	size_t length = (size_t)spinel_number(r, 2);
	struct spinel_reader data = {r->at, r->at, false};

	if (require(r, length)) {
		r->at += length;
		data.end = r->at;
	} else {
		data.bad = true;
	}
	return data;
}
