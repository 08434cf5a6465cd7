/* A consumer's program: knows the installed header and nothing else of us. */
#include <frame.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	static const uint8_t data[] = {0x61, 0x88, 0x2a, 0xcd, 0xab, 0x02,
	                               0x00, 0x01, 0x00, 'h',  'i'};
	static const uint8_t ack[] = {0x02, 0x00, 0x6a, 0xe4, 0x79};
	static const char json[] =
		"{\"type\":\"Data\",\"version\":0,\"ack_request\":true,\"pan_id_compression\":true,"
		"\"sequence\":42,\"destination\":{\"pan\":\"abcd\",\"short\":\"0002\"},"
		"\"source\":{\"short\":\"0001\"},\"payload\":\"6869\"}";
	struct frame frame;
	char line[256];

	if (frame_parse(&frame, data, sizeof data, FRAME_RECEIVER, NULL) != FRAME_OK ||
	    frame.type != FRAME_DATA || frame.sequence != 0x2a)
		return 1;
	if (frame.destination.pan != 0xabcd || frame.source.value != 1 || frame.payload.length != 2)
		return 1;
	if (!frame_fcs16_ok(ack, sizeof ack) ||
	    frame_line(line, sizeof line, data, sizeof data) == 0)
		return 1;
	frame_json(line, sizeof line, data, sizeof data);
	if (strcmp(line, json) != 0 || strcmp(frame_version(), FRAME_VERSION) != 0)
		return 1;
	return puts("frame works") < 0;
}
