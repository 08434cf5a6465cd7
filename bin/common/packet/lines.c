#include "packet/lines.h"

#include <time.h>

#include "base/text.h"
#include "frame.h"
#include "packet/strip.h"

enum { SECOND = 1000000000 }; /* nanoseconds */

size_t readable_time(char *out, size_t size, int64_t time_ns)
{
	struct text t = {out, size, 0};
	int64_t ns = (time_ns % SECOND + SECOND) % SECOND; /* of the second, before 1970 too */
	time_t seconds = (time_t)(time_ns / SECOND - (time_ns % SECOND < 0));
	struct tm local = {0};

	localtime_r(&seconds, &local);
	text_add(&t, "%02d:%02d:%02d.%06d ", local.tm_hour, local.tm_min, local.tm_sec,
	         (int)(ns / 1000));
	return t.length;
}

static void add_frame(struct text *t, const uint8_t *frame, size_t length, unsigned fcs)
{
	char line[READABLE_MAX];
	size_t fcs_size = strip_fcs_size(fcs);
	size_t without = length > fcs_size ? length - fcs_size : 0;

	frame_line(line, sizeof line, frame, without);
	text_add(t, "%s%s", line, strip_fcs_ok(fcs, frame, length) ? "" : ", bad FCS");
}

static void add_tap(struct text *t, const struct envelope_packet *p)
{
	struct frame_tap tap;
	int header = frame_tap_parse(&tap, p->data, p->length, NULL);

	if (header < 0) {
		text_add(t, "damaged TAP header, %zu octets", p->length);
		return;
	}
	add_frame(t, p->data + header, p->length - (size_t)header, tap.fcs_type);
	if (tap.has_rss)
		text_add(t, ", %.0f dBm", (double)tap.rss);
}

size_t readable_frame(char *out, size_t size, const struct envelope_packet *p)
{
	struct text t = {out, size, 0};

	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		add_tap(&t, p);
	else
		add_frame(&t, p->data, p->length,
		          p->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS
		                  ? strip_fcs_type(p->data, p->length)
		                  : FRAME_TAP_FCS_NONE);
	return t.length;
}
