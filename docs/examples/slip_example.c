/* Reads SLIP from stdin and prints the frames: printf '\300hi\300' | slip_example */
#include <slip.h>
#include <stdio.h>
#include <unistd.h>

static void print(const uint8_t *frame, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%02x", frame[i]);
	puts("");
}

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
			if (event == SLIP_FRAME)
				print(frame, decoder.length);
		}
	return slip_decoder_finish(&decoder) > 0;
}
