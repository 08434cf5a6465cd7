#include "readable.h"

#include <stdio.h>

#include "frame.h"

enum { SUFFIX_MAX = 64 };

static size_t write_time(char *out, size_t size, int64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	struct tm local;

	localtime_r(&seconds, &local);
	return (size_t)snprintf(out, size, "%02d:%02d:%02d.%06d ", local.tm_hour, local.tm_min, local.tm_sec,
	                        (int)(time_ns % 1000000000 / 1000));
}

size_t readable_line(char out[READABLE_MAX], const struct packet *p)
{
	struct frame_tap tap;
	int header = frame_tap_read(&tap, p->data, p->length);
	const uint8_t *frame = header < 0 ? p->data : p->data + header;
	size_t length = header < 0 ? p->length : p->length - (size_t)header;
	bool has_fcs = header >= 0 && tap.fcs_type == FRAME_TAP_FCS16 && length >= FRAME_FCS16_SIZE;
	size_t n = write_time(out, READABLE_MAX, p->time_ns);

	n += frame_line(out + n, READABLE_MAX - SUFFIX_MAX - n, frame, has_fcs ? length - FRAME_FCS16_SIZE : length);
	if (has_fcs && !frame_fcs16_ok(frame, length))
		n += (size_t)snprintf(out + n, READABLE_MAX - n, ", bad FCS");
	if (header >= 0 && tap.has_rss)
		n += (size_t)snprintf(out + n, READABLE_MAX - n, ", %.0f dBm", (double)tap.rss);
	out[n++] = '\n';
	return n;
}
