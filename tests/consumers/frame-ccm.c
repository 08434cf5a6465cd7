/* A consumer's program: knows the installed headers and nothing else of us. The frame is that of
 * IEEE Std 802.15.4-2006, C.2.3: an association request with ENC-MIC-64. */
#include <frame.h>
#include <frame_ccm.h>

#include <stdio.h>

int main(void)
{
	static const uint8_t key_octets[FRAME_CCM_KEY_SIZE] = {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5,
	                                                       0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb,
	                                                       0xcc, 0xcd, 0xce, 0xcf};
	static const struct frame_ccm_nonce nonce = {.source = 0xacde480000000001};
	uint8_t octets[] = {0x2b, 0xdc, 0x84, 0x21, 0x43, 0x02, 0x00, 0x00, 0x00, 0x00,
	                    0x48, 0xde, 0xac, 0xff, 0xff, 0x01, 0x00, 0x00, 0x00, 0x00,
	                    0x48, 0xde, 0xac, 0x06, 0x05, 0x00, 0x00, 0x00, 0x01, 0xd8,
	                    0x4f, 0xde, 0x52, 0x90, 0x61, 0xf9, 0xc6, 0xf1};
	struct frame_ccm_key *key = frame_ccm_key_new(key_octets);
	struct frame frame;
	int error;

	if (!key || frame_parse(&frame, octets, sizeof octets, FRAME_RECEIVER, NULL) != FRAME_OK)
		return 1;
	octets[sizeof octets - 1] ^= 1;
	error = frame_ccm_decrypt(&frame, octets, key, &nonce,
	                          frame_ccm_open_octets(&frame, octets), NULL);
	if (error != FRAME_EMIC)
		return 1;
	octets[sizeof octets - 1] ^= 1;
	error = frame_ccm_decrypt(&frame, octets, key, &nonce,
	                          frame_ccm_open_octets(&frame, octets), NULL);
	frame_ccm_key_free(key);
	if (error || octets[frame.payload.offset + 1] != 0xce)
		return 1;
	return puts("frame-ccm works") < 0;
}
