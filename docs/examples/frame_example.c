/* Prints a frame and its acknowledgment: frame_example 61 88 2a cd ab 02 00 01 00 68 69 */
#include <frame.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	uint8_t octets[FRAME_MAX], answer[FRAME_MAX];
	struct frame_fault fault;
	struct frame frame, ack;
	char line[256];
	size_t n = 0;
	int length;

	while ((int)n + 1 < argc && n < sizeof octets) {
		octets[n] = (uint8_t)strtoul(argv[n + 1], NULL, 16);
		n++;
	}
	frame_line(line, sizeof line, octets, n);
	puts(line);
	if (frame_parse(&frame, octets, n, FRAME_RECEIVER, &fault) < 0) {
		fprintf(stderr, "octet %zu: %s\n", fault.offset, fault.field);
		return 1;
	}
	frame_make_ack(&ack, &frame, false);
	length = frame_build(answer, sizeof answer, &ack, NULL);
	for (int i = 0; i < length; i++)
		printf("%02x%s", answer[i], i + 1 < length ? " " : "\n");
	return length < 0;
}
