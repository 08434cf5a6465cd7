/* What is said, once a capture is read, of --fcs: it was not what ends the frames, or it was asked
 * for nothing. */
#include <inttypes.h>

#include "base/log.h"
#include "capture/idle_fcs.h"
#include "feed.h"

/* Not one FCS of the capture was what it was taken for. */
static void warn_of_other_fcs(const struct feed *f)
{
	const struct strip_capture *c = &f->strip;

	if (c->fcs == STRIP_FCS_CRC16 && !c->right16 && c->right32)
		log_warning("%s: no frame ends in a right FCS-16, %" PRIu64
		            " end in a right FCS-32: is it --fcs crc32?",
		            f->name, c->right32);
	else if (c->fcs == STRIP_FCS_CRC32 && !c->right32 && c->right16)
		log_warning("%s: no frame ends in a right FCS-32, %" PRIu64
		            " end in a right FCS-16: is it --fcs crc16?",
		            f->name, c->right16);
	else if (c->wrong && !c->right16 && !c->right32)
		log_warning("%s: no frame ends in a right FCS: have they one? (--fcs none plays "
		            "them whole, --fcs ti takes off what TI's radios put there)",
		            f->name);
}

void feed_warn_of_fcs(const struct feed *f)
{
	warn_of_other_fcs(f);
	if (f->strip.fcs != STRIP_FCS_AUTO && f->strip.fcs != STRIP_FCS_NONE)
		idle_fcs_warn(f->name, &f->strip);
}
