/* Reads SLIP from stdin, in whatever pieces it comes, and prints the frames: printf '\300hi\300' |
 * slip_example */
#include <slip.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	uint8_t in[4096], frame[2047];
	struct slip_decoder decoder;
	enum slip_event event;
	ssize_t n;

	slip_decoder_init(&decoder, frame, sizeof frame, 0);
	while ((n = read(STDIN_FILENO, in, sizeof in)) > 0)
		for (size_t used = 0; used < (size_t)n;) {
			used += slip_decode(&decoder, in + used, (size_t)n - used, &event);
			for (size_t i = 0; event == SLIP_FRAME && i < decoder.length; i++)
				printf("%02x%s", frame[i], i + 1 < decoder.length ? "" : "\n");
		}
	return slip_decoder_finish(&decoder) > 0;
}
