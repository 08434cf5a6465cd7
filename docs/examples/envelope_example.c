/* Passes a packet message on, as a router does: what agent a sent goes to agent b.
 * envelope_example fromAgent.a.ip.tun.packet.raw '{"data": [96, 0], "timestamp": 1.5}' */
#include <envelope.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct envelope_json_options options = {.direction = ENVELOPE_TO_AGENT};
	struct envelope_packet packet = {.link_type = ENVELOPE_LINK_RAW};
	char key_text[ENVELOPE_KEY_MAX + 1], body[8192];
	uint8_t octets[1280];
	struct envelope_fault f;
	struct envelope_key key;
	size_t size;
	long length;

	if (argc != 3 || envelope_key_parse(&key, argv[1], strlen(argv[1])) < 0 ||
	    key.kind != ENVELOPE_TUN_PACKET)
		return fputs("not the key of an IP packet\n", stderr), 1;
	size = strlen(argv[2]);
	if (envelope_json_parse(&packet, octets, sizeof octets, argv[2], size, &f) < 0) {
		fprintf(stderr, "octet %zu: %s\n", f.offset, envelope_strerror(f.error));
		return 1;
	}
	key = (struct envelope_key){key.kind, key.api, options.direction, "b", ""};
	length = envelope_json_build(body, sizeof body, &packet, &options);
	if (length < 0 || envelope_key_build(key_text, sizeof key_text, &key) < 0)
		return fputs("cannot be passed on\n", stderr), 1;
	printf("%s\n%.*s\n", key_text, (int)length, body);
	return 0;
}
