#include "probe/text.h"

#include <string.h>

#include "frame.h"

enum {
	TEXT_MIN = 4,
	SURE_TEXT = 16, /* text of this length is no frame's beginning */
	/* Nearly text: of those that begin as secured Enhanced ACKs and multipurpose frames do. */
	SURE_NEARLY_TEXT = 32,
	FRAME_MIN = 3, /* an immediate acknowledgement */
	CUTS_MAX = 4,  /* line's ends that are looked at: those before the frame */
};

/* Marks of text, and first octets of secured Enhanced ACKs and of multipurpose frames. */
enum { SLIPMUX_MARK = 0x0a, CONTIKI_MARK = 0x0d };
enum { COAP_MARK = 0xa9, IPV4_MARK = 0x45, IPV6_MARK = 0x60, IPV4_MIN = 20, IPV6_MIN = 40 };

static bool is_text(uint8_t octet)
{
	return (octet >= 0x20 && octet <= 0x7e) || octet == '\t' || octet == '\r' ||
	       octet == '\n' || octet == 0x1b;
}

static size_t text_at_start(const uint8_t *octets, size_t length)
{
	size_t n = 0;

	while (n < length && is_text(octets[n]))
		n++;
	return n;
}

bool probe_text_only(const uint8_t *octets, size_t length)
{
	return text_at_start(octets, length) == length;
}

static bool has_right_fcs(const uint8_t *octets, size_t length)
{
	return frame_fcs16_ok(octets, length) || frame_fcs32_ok(octets, length);
}

/* Fragments and extended frames are opaque: anything parses as one. The suites of 2003 are real,
 * though nothing behind their header can be told. */
static bool parses(const uint8_t *octets, size_t length)
{
	struct frame f;
	int error = length < FRAME_MIN ? FRAME_ETRUNCATED
	                               : frame_parse(&f, octets, length, FRAME_RECEIVER, NULL);

	if (error == FRAME_ESECURITY)
		return true;
	return error == 0 && f.type != FRAME_FRAGMENT && f.type != FRAME_EXTENDED;
}

/* The length of the text before a frame, 0: there is none. text: octets of it at the beginning. */
static size_t find_cut(const uint8_t *octets, size_t length, size_t text)
{
	unsigned cuts = 0;
	size_t first_that_parses = 0;

	for (size_t at = text; at >= TEXT_MIN && cuts < CUTS_MAX; at--) {
		if (octets[at - 1] != '\n' || length - at < FRAME_MIN)
			continue;
		cuts++;
		if (has_right_fcs(octets + at, length - at))
			return at;
		if (!first_that_parses && parses(octets + at, length - at))
			first_that_parses = at;
	}
	return first_that_parses;
}

static bool is_nearly_text(const uint8_t *octets, size_t length, size_t least)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++)
		n += is_text(octets[i]);
	return length >= least && n >= length - length / 8;
}

static bool may_be_else(uint8_t first)
{
	return first == COAP_MARK || first == IPV4_MARK || first == IPV6_MARK;
}

static const char *what_else(const uint8_t *octets, size_t length)
{
	if (octets[0] == COAP_MARK && length >= 5 && octets[1] >> 6 == 1 && (octets[1] & 0x0f) <= 8)
		return "a CoAP message";
	if (octets[0] == IPV4_MARK && length >= IPV4_MIN &&
	    (size_t)(octets[2] << 8 | octets[3]) == length)
		return "an IPv4 packet";
	if (octets[0] == IPV6_MARK && length >= IPV6_MIN &&
	    (size_t)(octets[4] << 8 | octets[5]) + IPV6_MIN == length)
		return "an IPv6 packet";
	return NULL;
}

enum { AT_ONCE = 8, EIGHTS_MAX = 8, SIXTEEN = 16 };
typedef int8_t sixteen_t __attribute__((vector_size(SIXTEEN)));

static uint64_t beyond_ascii(const uint8_t eight[AT_ONCE])
{
	uint64_t octets;

	memcpy(&octets, eight, AT_ONCE);
	return octets >> 7 & 0x0101010101010101;
}

static size_t sum(uint64_t eight)
{
	return eight * 0x0101010101010101 >> 56;
}

static inline size_t count_beyond_ascii(const uint8_t *octets, size_t eights)
{
	uint64_t sums = 0;

	for (size_t i = 0; i < eights; i++)
		sums += beyond_ascii(octets + AT_ONCE * i);
	return sum(sums);
}

/* Each that is so is -1. */
static inline sixteen_t are_beyond_ascii(const uint8_t octets[SIXTEEN])
{
	sixteen_t sixteen;

	memcpy(&sixteen, octets, SIXTEEN);
	return sixteen < 0;
}

/* The same of EIGHTS_MAX. */
static inline size_t count_beyond_ascii_at_once(const uint8_t *octets)
{
	_Static_assert(EIGHTS_MAX * AT_ONCE == 4 * SIXTEEN, "all of them");
	sixteen_t sums =
		-(are_beyond_ascii(octets) + are_beyond_ascii(octets + SIXTEEN) +
	          are_beyond_ascii(octets + 2 * SIXTEEN) + are_beyond_ascii(octets + 3 * SIXTEEN));
	uint64_t eights[2];

	memcpy(eights, &sums, SIXTEEN);
	return sum(eights[0] + eights[1]);
}

/* More than one in eight of all octets, by the first that are looked at. */
static bool is_beyond_ascii(const uint8_t *octets, size_t length)
{
	size_t eights = length / AT_ONCE;

	if (eights >= EIGHTS_MAX)
		return count_beyond_ascii_at_once(octets) > length / 8;
	return count_beyond_ascii(octets, eights) > length / 8;
}

/* Neither text nor nearly text, nor anything else that is known by its first octet. */
bool probe_text_is_clearly_none(const uint8_t *octets, size_t length)
{
	if (length < TEXT_MIN)
		return true;
	/* The second octet first: of most frames it is none. */
	bool begins_with_text = is_text(octets[1]) && is_text(octets[0]) && is_text(octets[2]) &&
	                        is_text(octets[3]);

	return !begins_with_text && is_beyond_ascii(octets, length) &&
	       !(may_be_else(octets[0]) && what_else(octets, length));
}

static struct probe_text sort(const uint8_t *octets, size_t length)
{
	const struct probe_text frame = {PROBE_TEXT_NONE, 0, NULL};
	size_t text = text_at_start(octets, length);

	if (text < TEXT_MIN && parses(octets, length))
		return frame;
	if (has_right_fcs(octets, length))
		return frame;
	if (text == length)
		return (struct probe_text){PROBE_TEXT_ALL, length, NULL};

	bool whole = parses(octets, length);
	size_t cut = find_cut(octets, length, text);
	bool like_frame = whole || octets[0] == SLIPMUX_MARK || octets[0] == CONTIKI_MARK;
	if (cut > (like_frame ? SURE_TEXT : TEXT_MIN))
		return (struct probe_text){PROBE_TEXT_BEFORE, cut, NULL};
	if (whole)
		return frame;
	if (is_nearly_text(octets, length, like_frame ? SURE_NEARLY_TEXT : SURE_TEXT))
		return (struct probe_text){PROBE_TEXT_ALL, length, NULL};
	const char *what = what_else(octets, length);
	return what ? (struct probe_text){PROBE_TEXT_OTHER, 0, what} : frame;
}

struct probe_text probe_text_sort(const uint8_t *octets, size_t length)
{
	if (probe_text_is_clearly_none(octets, length))
		return (struct probe_text){PROBE_TEXT_NONE, 0, NULL};
	return sort(octets, length);
}

bool probe_text_line(const uint8_t *octets, size_t length, size_t *at, const uint8_t **line,
                     size_t *line_length)
{
	size_t start = *at, end;

	while (start < length &&
	       (octets[start] == '\r' || octets[start] == '\n' || octets[start] == ' '))
		start++;
	for (end = start; end < length && octets[end] != '\r' && octets[end] != '\n'; end++)
		;
	*line = octets + start;
	*line_length = end - start;
	*at = end;
	return end > start;
}

bool probe_text_tells_boot(const uint8_t *octets, size_t length)
{
	/* Zephyr, Contiki-NG, Contiki, the ROM of ESP32. */
	static const char *const words[] = {"*** Booting", "Starting Contiki", "Contiki-release",
	                                    "rst:0x"};

	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
		if (memmem(octets, length, words[i], strlen(words[i])))
			return true;
	return false;
}
