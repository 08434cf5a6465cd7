/* keys_file.h - the file of --frame-keys: keys and addresses, a line each (framebus-keys(5)).
 *
 *     raw HEX [mode=N] [index=N] [source=HEX]
 *     thread HEX [sequence=N]
 *     wisun NAME HEX [index=N]
 *     addr [PAN/]SHORT EXTENDED
 *
 * What is wrong is told by its line and column, and never shown: it may be a part of a key. */
#ifndef KEYS_FILE_H
#define KEYS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/words.h"

enum {
	KEYS_FILE_MAX = 1 << 20, /* octets */
	KEYS_MAX = 64,
	KEYS_ADDRESSES_MAX = 16384,
	KEYS_SAME_ADDRESS_MAX = 16, /* extended ones of one short one in one PAN, or in any */
	KEYS_NAME_MAX = 32,         /* octets of a Wi-SUN network's name */
	KEYS_KEY_SIZE = 16,
};

enum key_kind { KEY_RAW, KEY_THREAD, KEY_WISUN };

struct key_line {
	enum key_kind kind;
	unsigned line;
	uint8_t key[KEYS_KEY_SIZE];
	/* What a frame's key identifier must be; without: any. */
	bool has_mode, has_index, has_source, has_sequence;
	uint8_t mode, index;
	bool source_is_long; /* 8 octets, else 4 */
	uint64_t source;
	uint32_t sequence;
	char name[KEYS_NAME_MAX];
	size_t name_length;
};

struct address_line {
	bool has_pan;
	uint16_t pan, address;
	uint64_t extended;
};

struct keys_file {
	struct key_line keys[KEYS_MAX];
	unsigned key_count;
	struct address_line *addresses;
	unsigned address_count;
};

/* text[0..length) as the file has it. 0, or -1 with why; file is to be freed in both cases. */
int keys_file_parse(struct keys_file *file, const char *text, size_t length, struct why *why);
/* Reads it; waits for the writer of a FIFO. As keys_file_parse. */
int keys_file_read(struct keys_file *file, const char *path, struct why *why);
void keys_file_wipe(struct keys_file *file); /* what it holds is overwritten */

#endif
