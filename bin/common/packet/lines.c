#include "packet/lines.h"

#include <time.h>

#include "base/text.h"
#include "frame.h"
#include "packet/payload.h"
#include "packet/strip.h"
#include "packet/words.h"

enum { SECOND = 1000000000 }; /* nanoseconds */

enum { CLOCK = 8, MICROS = 6, TIME = CLOCK + 1 + MICROS + 1 }; /* "23:59:59.123456 " */

__attribute__((noinline, cold)) static void clock_of_second(char words[CLOCK + 1], time_t seconds)
{
	struct text t = {words, CLOCK + 1, 0};
	struct tm local = {0};

	localtime_r(&seconds, &local);
	text_add(&t, "%02d:%02d:%02d", local.tm_hour, local.tm_min, local.tm_sec);
}

/* What localtime(3) makes of a second is kept: it takes longer than the rest of a line. */
static inline const char *words_of_second(time_t seconds)
{
	static _Thread_local char words[CLOCK + 1];
	static _Thread_local time_t of = -1;

	if (seconds != of || !words[0]) {
		clock_of_second(words, seconds);
		of = seconds;
	}
	return words;
}

size_t readable_time(char *out, size_t size, int64_t time_ns)
{
	struct text t = {out, size, 0};
	time_t seconds = (time_t)(time_ns / SECOND);
	int32_t ns = (int32_t)(time_ns % SECOND);
	char elsewhere[TIME + 1], *begin = words_piece(&t, elsewhere, TIME), *at;
	uint32_t micros;

	if (ns < 0) { /* before 1970 */
		ns += SECOND;
		seconds--;
	}
	micros = (uint32_t)ns / 1000;
	memcpy(begin, words_of_second(seconds), CLOCK);
	at = begin + CLOCK;
	*at++ = '.';
	at = digits_put_decimal(at, micros / 10000);
	at = digits_put_four(at, micros % 10000);
	*at++ = ' ';
	words_piece_made(&t, begin, at);
	return t.length;
}

static void add_frame(struct text *t, const uint8_t *octets, size_t length, unsigned fcs)
{
	size_t fcs_size = strip_fcs_size(fcs);
	size_t without = length > fcs_size ? length - fcs_size : 0;
	struct frame_fault fault;
	struct payload payload;
	struct frame frame;

	if (!frame_parse(&frame, octets, without, FRAME_LENIENT, &fault))
		frame_check(&frame, octets, &fault);
	t->length += frame_line_of(t->out + t->length, t->size - t->length, &frame, octets, &fault);
	if (!fault.error && payload_parse(&payload, &frame, octets))
		payload_line(t, &payload);
	if (!strip_fcs_ok(fcs, octets, length))
		words_add(t, ", bad FCS");
}

/* Radios say whole dBm; what a file says may be anything. */
static void add_rss(struct text *t, float rss)
{
	if (!(rss > -1000 && rss < 1000) || (float)(int)rss != rss) {
		text_add(t, ", %.0f dBm", (double)rss);
		return;
	}
	words_add(t, rss < 0 ? ", -" : ", ");
	words_number(t, (uint64_t)(rss < 0 ? -rss : rss));
	words_add(t, " dBm");
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
		add_rss(t, tap.rss);
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
