/* pcapng_parse.h - the pcapng format (draft-ietf-opsawg-pcapng) as it is read: one block at a time,
 * of any number of sections of either octet order and any number of interfaces. Never does I/O,
 * never reads past the octets it is given, allocates for the interfaces only (and bounds them). */
#ifndef CAPTURE_PCAPNG_PARSE_H
#define CAPTURE_PCAPNG_PARSE_H

#include <stdbool.h>

#include "packet/packet.h"

enum {
	PCAPNG_FIRST = 12,          /* octets that tell how long a block is */
	PCAPNG_BLOCK_MAX = 1 << 20, /* of a block that is looked at; longer ones are passed over */
	PCAPNG_INTERFACES_MAX = 65536, /* of a section */
	PCAPNG_NAME_MAX = 256
};

struct pcapng_interface {
	uint16_t link_type;
	uint32_t snapshot_length;   /* 0: none */
	uint8_t resolution;         /* if_tsresol */
	int64_t offset;             /* if_tsoffset, seconds */
	char name[PCAPNG_NAME_MAX]; /* if_name, NUL-terminated; a longer one is cut; "": none */
};

struct pcapng {
	bool begun, big_endian; /* of the section under way */
	struct pcapng_interface *interfaces;
	unsigned count, room;
};

enum pcapng_outcome {
	PCAPNG_PASSED,  /* a block without a packet */
	PCAPNG_PACKET,  /* *p is filled */
	PCAPNG_BAD,     /* a packet that contradicts itself; what follows can be read */
	PCAPNG_DAMAGED, /* what follows cannot be read */
};

struct pcapng_record {
	struct envelope_packet packet; /* data: in the block; of the link type as in the file, 12
	                                  too; time 0: it has none, words say why */
	uint64_t original;             /* octets that the packet had on its way */
	uint32_t snapshot_length;      /* of its interface; 0: none */
	uint32_t interface;            /* its number in the section */
	const char *words;             /* static text. BAD, DAMAGED: what is wrong; PACKET: why its
	                                  time is none, NULL: it is one */
};

/* All zero is a reader before its first block. */
void pcapng_end(struct pcapng *p); /* frees */

/* Whether a file begins as pcapng does (the octets of its first block's type). */
bool pcapng_begins(const uint8_t octets[4]);

/* The length of the block that begins with these octets, a multiple of 4 from 12 on. 0: it is
 * damaged, record->words says how. */
uint32_t pcapng_block_length(const struct pcapng *p, const uint8_t octets[PCAPNG_FIRST],
                             struct pcapng_record *record);

/* Whether a block that begins with these octets holds a packet. */
bool pcapng_holds_packet(const struct pcapng *p, const uint8_t octets[PCAPNG_FIRST]);

/* A whole block, whose length pcapng_block_length has told. */
enum pcapng_outcome pcapng_parse(struct pcapng *p, const uint8_t *block, uint32_t length,
                                 struct pcapng_record *record);

#endif
