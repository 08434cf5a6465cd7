#include "beginning.h"

#include <string.h>

#include "capture/packed.h"
#include "probe/firmware.h"
#include "probe/recognise.h"
#include "slip.h"

static enum beginning_answer refuse_packed(const struct packed *p, struct why *why)
{
	why_set(why, "is a compressed file (%s): unpack it first: %s | slip-dump -r -", p->name,
	        p->command);
	return BEGINNING_REFUSED;
}

static enum beginning_answer refuse(enum line_language language, int firmware, struct why *why)
{
	const char *right = recognise_firmware(language);

	if (right)
		why_set(why, "is %s, which --firmware %s does not read (--firmware %s does)",
		        recognise_name(language), firmware_names[firmware], right);
	else
		why_set(why,
		        "is %s, and not what a probe says on its line (-r wants the octets of a "
		        "probe's line, as 'cat /dev/ttyUSB0' records them)",
		        recognise_name(language));
	return BEGINNING_REFUSED;
}

static bool is_refused(enum line_language language, int firmware)
{
	enum line_language expected = recognise_language_of(firmware_names[firmware]);

	switch (language) {
	case LINE_UNKNOWN:
	case LINE_NOISE:
		return false;
	case LINE_TEXT: /* which stands between what these say */
		return expected != LINE_NRF_SNIFFER && expected != LINE_SENSNIFF;
	default:
		return language != expected;
	}
}

static int firmware_of(enum line_language language)
{
	const char *name = recognise_firmware(language);

	for (int i = 0; name && firmware_names[i]; i++)
		if (strcmp(firmware_names[i], name) == 0)
			return i;
	return 0;
}

/* Noise may be packed in a way that no line is told from by so few octets; and a short file that is
 * packed is not noise yet. */
static const struct packed *find_packed(const struct beginning *b, const struct recognised *r)
{
	enum { SURE = 4 /* octets */ };
	const struct packed *p = packed_find(b->octets, b->length);
	bool is_open = r->language == LINE_UNKNOWN || (r->language == LINE_SLIP && !r->sure);
	bool may_be = r->language == LINE_COMPRESSED || r->language == LINE_NOISE ||
	              (is_open && p && p->length >= SURE);

	return may_be ? p : NULL;
}

/* Who writes frames into a pipe wants them read at once, before there are many. */
enum beginning_answer beginning_judge(const struct beginning *b, bool ended, int *firmware,
                                      struct why *why)
{
	bool enough = ended || b->length >= RECOGNISE_ENOUGH;

	if (!enough && recognise_may_be_capture(b->octets, b->length))
		return BEGINNING_HOLD;
	struct recognised r = recognise_file(b->octets, b->length);
	enum line_language language = r.language;
	if (language == LINE_PCAP || language == LINE_PCAPNG)
		return BEGINNING_CAPTURE;
	if (language == LINE_TEXT && !ended && b->length < sizeof b->octets)
		return BEGINNING_HOLD;
	const struct packed *packed = find_packed(b, &r);
	if (packed)
		return refuse_packed(packed, why);
	int chosen = *firmware >= 0 ? *firmware : firmware_of(language);
	if (is_refused(language, chosen))
		return refuse(language, chosen, why);
	if (language == LINE_UNKNOWN && !enough && !memchr(b->octets, SLIP_END, b->length))
		return BEGINNING_HOLD;
	*firmware = chosen;
	return BEGINNING_READ;
}
