/* Decrypts the association request of IEEE Std 802.15.4-2006, C.2.3. */
#include <frame_ccm.h>
#include <stdio.h>

int main(void)
{
	static const uint8_t key_octets[] = {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
	                                     0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf};
	static const struct frame_ccm_nonce nonce = {.source = 0xacde480000000001};
	uint8_t octets[] = {0x2b, 0xdc, 0x84, 0x21, 0x43, 0x02, 0x00, 0x00, 0x00, 0x00,
	                    0x48, 0xde, 0xac, 0xff, 0xff, 0x01, 0x00, 0x00, 0x00, 0x00,
	                    0x48, 0xde, 0xac, 0x06, 0x05, 0x00, 0x00, 0x00, 0x01, 0xd8,
	                    0x4f, 0xde, 0x52, 0x90, 0x61, 0xf9, 0xc6, 0xf1};
	struct frame_ccm_key *key = frame_ccm_key_new(key_octets);
	struct frame f;
	int error = frame_parse(&f, octets, sizeof octets, FRAME_RECEIVER, NULL);

	if (key && !error)
		error = frame_ccm_decrypt(&f, octets, key, &nonce,
		                          frame_ccm_open_octets(&f, octets), NULL);
	for (unsigned i = 0; key && !error && i < f.payload.length; i++)
		printf("%02x", octets[f.payload.offset + i]);
	printf(": %s\n", key ? frame_strerror(error) : "no AES-128");
	frame_ccm_key_free(key);
	return !key || error;
}
