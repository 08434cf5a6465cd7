/* frame_escape.c - text from outside as it may be shown. */
#include "frame_escape.h"

#include <string.h>

#include "frame.h"

size_t frame_escape(char *out, size_t size, const uint8_t *octets, size_t length)
{
	size_t written = 0, whole = 0;

	for (size_t i = 0; i < length; i++) {
		char shown[FRAME_ESCAPED_MAX];
		size_t n = frame_escape_octet(shown, octets[i]);

		if (written == whole && size > whole + n) {
			memcpy(out + written, shown, n);
			written += n;
		}
		whole += n;
	}
	if (size)
		out[written] = 0;
	return whole;
}
