#include "beginning.h"

#include <string.h>

#include "base/log.h"
#include "probe/probe.h"
#include "probe/recognise.h"
#include "slip.h"

static const char *remedy(enum line_language language)
{
	switch (language) {
	case LINE_COMPRESSED:
		return "unpack it first: zcat FILE | slip-dump -r -";
	default:
		return "-r wants the octets of a probe's line, as 'cat /dev/ttyUSB0' records them";
	}
}

static enum beginning_answer refuse(const char *name, enum line_language language)
{
	const char *expected = firmware_names[probe_options.firmware];
	const char *firmware = recognise_firmware(language);

	if (firmware)
		log_error("%s: is %s, which --firmware %s does not read (--firmware %s does)", name,
		          recognise_name(language), expected, firmware);
	else
		log_error("%s: is %s, and not what a probe says on its line (%s)", name,
		          recognise_name(language), remedy(language));
	return BEGINNING_REFUSED;
}

static bool is_refused(enum line_language language)
{
	enum line_language expected = recognise_language_of(firmware_names[probe_options.firmware]);

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

/* Who writes frames into a pipe wants them read at once, before there are many. */
enum beginning_answer beginning_judge(const struct beginning *b, const char *name, bool ended)
{
	bool enough = ended || b->length >= RECOGNISE_ENOUGH;

	if (!enough && recognise_may_be_capture(b->octets, b->length))
		return BEGINNING_HOLD;
	enum line_language language = recognise(b->octets, b->length).language;
	if (language == LINE_PCAP || language == LINE_PCAPNG)
		return BEGINNING_CAPTURE;
	if (language == LINE_TEXT && !enough)
		return BEGINNING_HOLD;
	if (is_refused(language))
		return refuse(name, language);
	if (language == LINE_UNKNOWN && !enough && !memchr(b->octets, SLIP_END, b->length))
		return BEGINNING_HOLD;
	return BEGINNING_READ;
}
