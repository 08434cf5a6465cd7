/* A consumer's program: knows the installed header and nothing else of us. */
#include <slip.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	static const uint8_t frame[] = {1, SLIP_END, SLIP_ESC, 2};
	uint8_t line[SLIP_ENCODED_MAX(sizeof frame)], buffer[16];
	struct slip_decoder decoder;
	enum slip_event event;
	long n = slip_encode(line, sizeof line, frame, sizeof frame);

	if (n < 0)
		return puts(slip_strerror((int)n)), 1;
	slip_decoder_init(&decoder, buffer, sizeof buffer, 0);
	for (size_t at = 0; at < (size_t)n;) {
		at += slip_decode(&decoder, line + at, (size_t)n - at, &event);
		if (event == SLIP_FRAME && decoder.length == sizeof frame &&
		    memcmp(decoder.frame, frame, sizeof frame) == 0)
			return puts("slip works") < 0;
	}
	return 1;
}
