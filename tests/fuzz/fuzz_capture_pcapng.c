/* Any octets to the reader of pcapng, block by block as bin/common/capture/reader.c does: nothing
 * is read outside of a block, packets lie in theirs, and a reader that goes on comes to an end. */
#include "fuzz_frame.h"

#include "capture/pcapng_parse.h"

static void check_packet(const struct pcapng_record *r, const uint8_t *block, uint32_t length)
{
	const struct envelope_packet *p = &r->packet;

	REQUIRE(p->data >= block + 8 && p->data + p->length <= block + length - 4);
	REQUIRE(r->words == NULL || p->time_ns == 0);
}

/* Returns the octets of the block, 0 where the reader stops. */
static uint32_t check_block(struct pcapng *p, const uint8_t *octets, size_t left)
{
	struct pcapng_record record;
	uint32_t length = pcapng_block_length(p, octets, &record);

	REQUIRE((length == 0) == (record.words != NULL));
	if (!length || length > left)
		return 0;
	REQUIRE(length >= PCAPNG_FIRST && length % 4 == 0);
	pcapng_holds_packet(p, octets);
	const uint8_t *block = fuzz_in(octets, length);
	switch (pcapng_parse(p, block, length, &record)) {
	case PCAPNG_PACKET:
		check_packet(&record, block, length);
		return length;
	case PCAPNG_BAD:
		REQUIRE(record.words);
		return length;
	case PCAPNG_PASSED:
		REQUIRE(!record.words && p->begun && p->count <= p->room);
		return length;
	case PCAPNG_DAMAGED:
		REQUIRE(record.words);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct pcapng p = {0};
	uint32_t n = 1;

	for (size_t at = 0; n && length - at >= PCAPNG_FIRST && length <= 16 * FUZZ_PAGE; at += n)
		n = check_block(&p, octets + at, length - at);
	pcapng_end(&p);
	return 0;
}
