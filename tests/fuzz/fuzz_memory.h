/* fuzz_memory.h - memory that code of ours allocates for as long as a tool lives, released after
 * each input: link with --wrap of malloc, strdup and free. Once in a program. */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A password, wherever a fuzz input has the octet 1 or 2: it must never be seen again. */
#define FUZZ_SECRET "S3CR3T"

enum { FUZZ_BLOCKS = 4096 };
static void *fuzz_blocks[FUZZ_BLOCKS];
static unsigned fuzz_block_count;

void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
	void *block = __real_malloc(size);

	if (fuzz_block_count == FUZZ_BLOCKS)
		abort();
	fuzz_blocks[fuzz_block_count++] = block;
	return block;
}

char *__wrap_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(__wrap_malloc(size), text, size);
}

void __wrap_free(void *block)
{
	for (unsigned i = 0; block && i < fuzz_block_count; i++)
		if (fuzz_blocks[i] == block) {
			fuzz_blocks[i] = fuzz_blocks[--fuzz_block_count];
			break;
		}
	__real_free(block);
}

static void fuzz_release(void)
{
	while (fuzz_block_count)
		__real_free(fuzz_blocks[--fuzz_block_count]);
}

/* What says it itself is no test of what does. */
static bool fuzz_has_secret(const uint8_t *octets, size_t length)
{
	return memmem(octets, length, FUZZ_SECRET, sizeof FUZZ_SECRET - 1);
}

/* The input as text: 1 becomes a login, 2 one that is percent-encoded, 0 ends it. In memory of its
 * own, which fuzz_release releases. */
static char *fuzz_text(const uint8_t *octets, size_t length)
{
	static const char *const logins[] = {NULL, "u:" FUZZ_SECRET "@", "u%3A" FUZZ_SECRET "%40"};
	char *text = __wrap_malloc(20 * length + 1), *at = text;

	for (size_t i = 0; i < length && octets[i]; i++) {
		if (octets[i] > 2)
			*at++ = (char)octets[i];
		else
			at = stpcpy(at, logins[octets[i]]);
	}
	*at = '\0';
	return strcpy(__wrap_malloc(strlen(text) + 1), text);
}

#endif
