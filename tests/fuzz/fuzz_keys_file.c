/* The file of --frame-keys: what is wrong is told by its place, and never shown. */
#include <stdlib.h>
#include <string.h>

#include "frame_keys/keys_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static void check(const struct keys_file *file)
{
	if (file->key_count > KEYS_MAX || file->address_count > KEYS_ADDRESSES_MAX)
		abort();
	for (unsigned i = 0; i < file->key_count; i++)
		if (file->keys[i].name_length > KEYS_NAME_MAX || !file->keys[i].line)
			abort();
	for (unsigned i = 0; i < file->address_count; i++)
		if (file->addresses[i].address >= 0xfffe)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static struct keys_file file;
	struct why why = {""};
	int result = keys_file_parse(&file, (const char *)in, n, &why);

	check(&file);
	if (result < 0 && strncmp(why.text, "line ", 5) != 0 &&
	    strncmp(why.text, "there is no key", 15) != 0)
		abort();
	if (result == 0 && (!file.key_count || why.text[0]))
		abort();
	keys_file_wipe(&file);
	return 0;
}
