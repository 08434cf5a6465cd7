/* Prints one line for a frame that is given in hex, then answers it: frame_example 6188 2a cdab
 * 0200 0100 6869 */
#include <frame.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	uint8_t octets[FRAME_MAX], answer[FRAME_MAX];
	struct frame frame, ack;
	char line[256];
	size_t n = 0;
	int length;

	for (int i = 1; i < argc; i++)
		for (const char *hex = argv[i]; hex[0] && hex[1] && n < sizeof octets; hex += 2)
			octets[n++] = (uint8_t)strtoul((char[]){hex[0], hex[1], 0}, NULL, 16);
	frame_line(line, sizeof line, octets, n);
	puts(line);
	if (frame_parse(&frame, octets, n) != FRAME_OK)
		return fprintf(stderr, "octet %u: %s\n", frame.fault.offset, frame.fault.clause), 1;
	frame_make_ack(&ack, &frame, false);
	length = frame_build(answer, sizeof answer, &ack, NULL);
	for (int i = 0; i < length; i++)
		printf("%02x%s", answer[i], i + 1 < length ? " " : "\n");
	return length < 0;
}
