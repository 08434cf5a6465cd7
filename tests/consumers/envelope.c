/* A consumer's program: knows the installed header and nothing else of us. */
#include <envelope.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	static const char key_text[] = "fromAgent.a.ip.tun.started";
	static const char started[] =
		"{\"name\": \"a\", \"ipv6_prefix\": \"bbbb\", \"ipv6_host\": \":3\"}";
	static const char packet_body[] = "{\"data\": [96, 0, 255], \"timestamp\": 1.5}";
	struct envelope_key key;
	struct envelope_control control;
	struct envelope_packet packet = {0};
	uint8_t data[16];
	struct envelope_fault fault;

	if (envelope_key_parse(&key, key_text, strlen(key_text)) != ENVELOPE_OK ||
	    key.kind != ENVELOPE_TUN_STARTED)
		return 1;
	if (envelope_control_parse(&control, &key, started, strlen(started), NULL) != ENVELOPE_OK)
		return 1;
	if (strcmp(control.tun.ipv6_prefix, "bbbb") != 0)
		return 1;
	if (envelope_json_parse(&packet, data, sizeof data, packet_body, strlen(packet_body),
	                        &fault) != ENVELOPE_OK)
		return 1;
	if (packet.length != 3 || packet.data[2] != 255 || packet.time_ns != 1500000000)
		return 1;
	return puts("envelope works") < 0;
}
