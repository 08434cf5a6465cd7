#include "base/log.h"
#include "probe/text.h"

enum { SHOWN_MAX = 400 }; /* of a line: more than that is cut */

static char shown(uint8_t octet)
{
	return probe_text_only(&octet, 1) ? (char)octet : '.';
}

void probe_text_show(const char *name, const uint8_t *octets, size_t length)
{
	char text[SHOWN_MAX + 1];
	const uint8_t *line;
	size_t n;

	for (size_t at = 0; probe_text_line(octets, length, &at, &line, &n);) {
		n = n > SHOWN_MAX ? SHOWN_MAX : n;
		for (size_t i = 0; i < n; i++)
			text[i] = shown(line[i]);
		text[n] = '\0';
		log_info("%s: mote: %s", name, text);
	}
}
