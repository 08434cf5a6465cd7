/* keyed_hash.h - SipHash-2-4 of libcrypto under a key that is drawn once for each process: nobody
 * outside can find two texts with one value. It only says where to look: whoever finds something
 * compares the texts. */
#ifndef KEYED_HASH_H
#define KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

struct keyed_hash;
/* NULL: no randomness, no memory, or a libcrypto without SipHash. For one thread. */
struct keyed_hash *keyed_hash_new(void);
void keyed_hash_free(struct keyed_hash *h);
/* The parts count with their lengths: "ab", "c" is not "a", "bc". */
struct hash_part {
	const void *octets;
	size_t length;
};
uint64_t keyed_hash(struct keyed_hash *h, const struct hash_part *parts, unsigned count);

#endif
