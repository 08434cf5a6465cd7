/* What is said, once a capture is read, of --fcs: it was not what ends the frames, or it was asked
 * for nothing. */
#include "capture/idle_fcs.h"
#include "feed.h"

void feed_warn_of_fcs(const struct feed *f)
{
	idle_fcs_warn_of_other(f->name, &f->strip);
	if (f->strip.fcs != STRIP_FCS_AUTO && f->strip.fcs != STRIP_FCS_NONE)
		idle_fcs_warn(f->name, &f->strip);
}
