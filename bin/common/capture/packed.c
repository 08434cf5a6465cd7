#include "capture/packed.h"

#include <string.h>

static const struct packed all[] = {
	{"\x1f\x8b", 2, "gzip", "zcat FILE"},
	{"\x1f\x9d", 2, "compress", "zcat FILE"},
	{"\x28\xb5\x2f\xfd", 4, "zstd", "zstdcat FILE"},
	{"\x50\x2a\x4d\x18", 4, "zstd", "zstdcat FILE"}, /* of several frames */
	{"\xfd"
         "7zXZ",
         5, "xz", "xzcat FILE"},
	{"\x5d\0\0", 3, "lzma", "xzcat FILE"},
	{"BZh", 3, "bzip2", "bzcat FILE"},
	{"\x04\x22\x4d\x18", 4, "lz4", "lz4cat FILE"},
	{"\x02\x21\x4c\x18", 4, "lz4", "lz4cat FILE"}, /* of old */
	{"\x89LZO\0\r\n\x1a\n", 9, "lzop", "lzop -dc FILE"},
	{"PK\x03\x04", 4, "zip", "unzip -p FILE"},
	{"7z\xbc\xaf\x27\x1c", 6, "7z", "7z x -so FILE"},
	{"LZIP", 4, "lzip", "lzip -cd FILE"},
};

const struct packed *packed_find(const uint8_t *octets, size_t n)
{
	for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
		if (n >= all[i].length && memcmp(octets, all[i].magic, all[i].length) == 0)
			return &all[i];
	return NULL;
}
