#include "capture/idle_fcs.h"

#include "base/log.h"
#include "base/options.h"

void idle_fcs_warn(const char *name, const struct strip_capture *c)
{
	if (!c->had_open && !option_yields("fcs", NULL))
		log_warning("%s: --fcs does nothing: no packet in it is of a link type that leaves "
		            "open what ends its frames (195, 215)",
		            name);
}
