#include "capture/idle_fcs.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/options.h"

void idle_fcs_warn(const char *name, const struct strip_capture *c)
{
	if (!c->had_open && !option_yields("fcs", NULL))
		log_warning("%s: --fcs does nothing: no packet in it is of a link type that leaves "
		            "open what ends its frames (195, 215)",
		            name);
}

void idle_fcs_warn_of_other(const char *name, const struct strip_capture *c)
{
	if (c->fcs == STRIP_FCS_CRC16 && !c->right16 && c->right32)
		log_warning("%s: no frame ends in a right FCS-16, %" PRIu64
		            " end in a right FCS-32: is it --fcs crc32?",
		            name, c->right32);
	else if (c->fcs == STRIP_FCS_CRC32 && !c->right32 && c->right16)
		log_warning("%s: no frame ends in a right FCS-32, %" PRIu64
		            " end in a right FCS-16: is it --fcs crc16?",
		            name, c->right16);
	else if (c->wrong && !c->right16 && !c->right32)
		log_warning("%s: no frame ends in a right FCS: have they one? (--fcs none leaves "
		            "them whole, --fcs ti takes off what TI's radios put there)",
		            name);
}
