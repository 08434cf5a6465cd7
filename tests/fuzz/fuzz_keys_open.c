/* Frames for keys: one after another, LENGTH (one octet) and so many octets. The first octet of all
 * says whether every MIC is right (fuzz_keys_open is linked with a CRYPTO_memcmp of its own): what
 * is behind one is found then. Lines and JSON are whole, whatever comes. */
#include <stdlib.h>
#include <string.h>

#include "frame_keys/frame_keys.h"
#include "frame_keys/opener.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);
int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t n);

static bool every_mic_is_right;

int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t n)
{
	return every_mic_is_right ? 0 : memcmp(a, b, n);
}

static const char text[] = "raw c0c1c2c3c4c5c6c7c8c9cacbcccdcecf\n"
			   "raw 000102030405060708090a0b0c0d0e0f mode=1 index=7\n"
			   "thread 00112233445566778899aabbccddeeff\n"
			   "wisun \"Wi-SUN Network\" 461d435d6fa20994287b108632fcf6ff index=1\n"
			   "addr 1234 00124b0001020304\naddr abcd/1235 00124b0001020305\n";

static void show(struct frame_keys *k, const struct envelope_packet *p)
{
	static char line[2048], json[48 << 10];
	size_t length;

	frame_keys_open(k, p);
	length = frame_keys_line(k, line, sizeof line, p);

	if (length >= sizeof line || line[length])
		abort();
	length = frame_keys_json(k, json, sizeof json, p);
	if (length < 2 || length >= sizeof json || json[0] != '{' || json[length - 1] != '}')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static struct keys_file file;
	struct frame_keys *k;
	struct why why;

	if (!n || keys_file_parse(&file, text, sizeof text - 1, &why) < 0)
		return 0;
	k = opener_new(&file, &why);
	keys_file_wipe(&file);
	if (!k)
		abort();
	every_mic_is_right = in[0] & 1;
	for (size_t at = 1; at < n;) {
		size_t length = in[at] < n - at - 1 ? in[at] : n - at - 1;
		uint8_t *octets = malloc(length + !length);

		memcpy(octets, in + at + 1, length);
		show(k, &(struct envelope_packet){octets, length, (int64_t)at * 10000000, 230});
		free(octets);
		at += 1 + length;
	}
	frame_keys_free(k);
	return 0;
}
