#include "capture/pcapng_parse.h"

#include <stdlib.h>
#include <string.h>

enum { INTERFACE = 1, OLD_PACKET = 2, SIMPLE_PACKET = 3, ENHANCED_PACKET = 6 };
enum { OPTION_END = 0, IF_NAME = 2, IF_TSRESOL = 9, IF_TSOFFSET = 14 };
enum { BLOCK_HEADER = 8, BLOCK_END = 4, SECTION_LEAST = 28, MICROSECONDS = 6 };
enum { NANOSECONDS = 9, SECOND = 1000000000 /* nanoseconds */ };

#define SECTION          0x0A0D0D0Au
#define BYTE_ORDER_MAGIC 0x1A2B3C4Du

/* --- numbers --- */

static uint16_t get16(const struct pcapng *p, const uint8_t *at)
{
	return (uint16_t)(p->big_endian ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
}

static uint32_t get32(const struct pcapng *p, const uint8_t *at)
{
	uint32_t first = get16(p, at), second = get16(p, at + 2);

	return p->big_endian ? first << 16 | second : second << 16 | first;
}

static uint64_t get64(const struct pcapng *p, const uint8_t *at)
{
	uint64_t first = get32(p, at), second = get32(p, at + 4);

	return p->big_endian ? first << 32 | second : second << 32 | first;
}

/* --- times --- */

static uint64_t power_of_ten(unsigned n)
{
	uint64_t power = 1;

	while (n--)
		power *= 10;
	return power;
}

/* What an int64_t cannot hold is no time. */
static int64_t bounded(__int128 ns, struct pcapng_record *record)
{
	if (ns <= INT64_MAX && ns >= INT64_MIN)
		return (int64_t)ns;
	record->words = "times before 1677-09-21 and after 2262-04-11 cannot be held";
	return 0;
}

/* if_tsresol: the unit is 10^-n seconds, or 2^-n with bit 7. */
static int64_t time_of(const struct pcapng_interface *i, uint64_t units,
                       struct pcapng_record *record)
{
	unsigned n = i->resolution & 0x7f;
	unsigned __int128 ns = units;

	if (i->resolution & 0x80)
		ns = ns * SECOND >> n;
	else if (n <= NANOSECONDS)
		ns *= power_of_ten(NANOSECONDS - n);
	else
		ns = n - NANOSECONDS < 20 ? ns / power_of_ten(n - NANOSECONDS) : 0;
	return bounded((__int128)ns + (__int128)i->offset * SECOND, record);
}

/* --- blocks that describe --- */

static enum pcapng_outcome damaged(struct pcapng_record *record, const char *words)
{
	record->words = words;
	return PCAPNG_DAMAGED;
}

static enum pcapng_outcome bad(struct pcapng_record *record, const char *words)
{
	record->words = words;
	return PCAPNG_BAD;
}

static enum pcapng_outcome begin_section(struct pcapng *p, const uint8_t *block,
                                         struct pcapng_record *record)
{
	if (get16(p, block + 12) != 1)
		return damaged(record, "a section of another version than 1");
	p->begun = true;
	p->count = 0;
	return PCAPNG_PASSED;
}

/* Some writers count the NUL. */
static void copy_name(char out[PCAPNG_NAME_MAX], const uint8_t *name, size_t n)
{
	n = n < PCAPNG_NAME_MAX - 1 ? n : PCAPNG_NAME_MAX - 1;
	memcpy(out, name, n);
	out[n] = '\0';
}

static void read_options(const struct pcapng *p, struct pcapng_interface *i, const uint8_t *at,
                         size_t length)
{
	while (length >= 4) {
		unsigned code = get16(p, at);
		size_t n = get16(p, at + 2), padded = 4 + n + (-n & 3);

		if (code == OPTION_END || padded > length)
			return;
		if (code == IF_NAME)
			copy_name(i->name, at + 4, n);
		if (code == IF_TSRESOL && n == 1)
			i->resolution = at[4];
		if (code == IF_TSOFFSET && n == 8)
			i->offset = (int64_t)get64(p, at + 4);
		at += padded;
		length -= padded;
	}
}

static bool make_room(struct pcapng *p)
{
	unsigned room = p->room ? 2 * p->room : 8;
	struct pcapng_interface *more;

	if (p->count < p->room)
		return true;
	more = realloc(p->interfaces, room * sizeof *more);
	if (!more)
		return false;
	p->interfaces = more;
	p->room = room;
	return true;
}

static enum pcapng_outcome add_interface(struct pcapng *p, const uint8_t *body, size_t length,
                                         struct pcapng_record *record)
{
	if (length < 8)
		return damaged(record, "an interface description of under 20 octets");
	if (p->count == PCAPNG_INTERFACES_MAX || !make_room(p))
		return damaged(record, "more interfaces than there is room for (65536)");
	struct pcapng_interface *i = &p->interfaces[p->count++];
	*i = (struct pcapng_interface){.link_type = get16(p, body),
	                               .snapshot_length = get32(p, body + 4),
	                               .resolution = MICROSECONDS};
	read_options(p, i, body + 8, length - 8);
	return PCAPNG_PASSED;
}

/* --- blocks with packets --- */

/* data[0..room) holds the packet, its padding, and options. */
static enum pcapng_outcome set_packet(const struct pcapng *p, uint32_t number, const uint8_t *data,
                                      size_t room, uint32_t captured, struct pcapng_record *record)
{
	const struct pcapng_interface *i = &p->interfaces[number];

	if (captured > room)
		return bad(record, "a packet that is longer than its block");
	record->packet.data = data;
	record->packet.length = captured;
	record->packet.link_type = i->link_type;
	record->snapshot_length = i->snapshot_length;
	record->interface = number;
	return PCAPNG_PACKET;
}

static const char no_interface[] = "a packet of an interface that is not described";

/* The enhanced packet block, and the one that it took the place of: it begins with two numbers of
 * 16 bits, interface and drops. */
static enum pcapng_outcome read_packet(const struct pcapng *p, bool old, const uint8_t *body,
                                       size_t length, struct pcapng_record *record)
{
	if (length < 20)
		return bad(record, "a packet block of under 32 octets");
	uint32_t number = old ? get16(p, body) : get32(p, body);
	if (number >= p->count)
		return bad(record, no_interface);
	const struct pcapng_interface *i = &p->interfaces[number];
	uint64_t units = (uint64_t)get32(p, body + 4) << 32 | get32(p, body + 8);
	record->packet.time_ns = time_of(i, units, record);
	record->original = get32(p, body + 16);
	return set_packet(p, number, body + 20, length - 20, get32(p, body + 12), record);
}

/* It has no captured length of its own: what the snapshot length left of the packet. */
static enum pcapng_outcome read_simple(const struct pcapng *p, const uint8_t *body, size_t length,
                                       struct pcapng_record *record)
{
	if (length < 4)
		return bad(record, "a packet block of under 16 octets");
	if (!p->count)
		return bad(record, no_interface);
	const struct pcapng_interface *i = &p->interfaces[0];
	uint32_t original = get32(p, body), captured = original;
	if (i->snapshot_length && captured > i->snapshot_length && captured > length - 4)
		captured = i->snapshot_length;
	record->original = original;
	record->words = "simple packet blocks have no times";
	return set_packet(p, 0, body + 4, length - 4, captured, record);
}

/* --- */

bool pcapng_begins(const uint8_t octets[4])
{
	return memcmp(octets, "\x0a\x0d\x0d\x0a", 4) == 0;
}

void pcapng_end(struct pcapng *p)
{
	free(p->interfaces);
	*p = (struct pcapng){0};
}

/* The order of the octets is that of the section's own magic number. */
static bool read_byte_order(struct pcapng *p, const uint8_t *magic)
{
	p->big_endian = false;
	if (get32(p, magic) == BYTE_ORDER_MAGIC)
		return true;
	p->big_endian = true;
	return get32(p, magic) == BYTE_ORDER_MAGIC;
}

static uint32_t no_length(struct pcapng_record *record, const char *words)
{
	record->words = words;
	return 0;
}

uint32_t pcapng_block_length(const struct pcapng *p, const uint8_t octets[PCAPNG_FIRST],
                             struct pcapng_record *record)
{
	struct pcapng order = *p;
	bool section = pcapng_begins(octets);

	*record = (struct pcapng_record){0};
	if (!section && !p->begun)
		return no_length(record, "a block before the first section");
	if (section && !read_byte_order(&order, octets + 8))
		return no_length(record, "a section of neither octet order");
	uint32_t length = get32(&order, octets + 4);
	if (length % 4 || length < (section ? SECTION_LEAST : BLOCK_HEADER + BLOCK_END))
		return no_length(record, "the length of a block cannot be");
	if (length > PCAPNG_BLOCK_MAX && (section || get32(p, octets) == INTERFACE))
		return no_length(record, "a description of over 1 MiB");
	return length;
}

bool pcapng_holds_packet(const struct pcapng *p, const uint8_t octets[PCAPNG_FIRST])
{
	uint32_t type = get32(p, octets);

	return type == OLD_PACKET || type == SIMPLE_PACKET || type == ENHANCED_PACKET;
}

enum pcapng_outcome pcapng_parse(struct pcapng *p, const uint8_t *block, uint32_t length,
                                 struct pcapng_record *record)
{
	const uint8_t *body = block + BLOCK_HEADER;
	size_t body_length = length - BLOCK_HEADER - BLOCK_END;

	*record = (struct pcapng_record){0};
	if (pcapng_begins(block))
		read_byte_order(p, body);
	if (get32(p, block + length - BLOCK_END) != length)
		return damaged(record, "the two lengths of a block differ");
	switch (get32(p, block)) {
	case SECTION:
		return begin_section(p, block, record);
	case INTERFACE:
		return add_interface(p, body, body_length, record);
	case OLD_PACKET:
	case ENHANCED_PACKET:
		return read_packet(p, get32(p, block) == OLD_PACKET, body, body_length, record);
	case SIMPLE_PACKET:
		return read_simple(p, body, body_length, record);
	}
	return PCAPNG_PASSED;
}
