/* idle_fcs.h - --fcs for a capture in which it does nothing. */
#ifndef CAPTURE_IDLE_FCS_H
#define CAPTURE_IDLE_FCS_H

#include "packet/strip.h"

/* Once a capture is read, where --fcs names a check sequence: warns if no frame needed it. Other
 * link types say themselves what ends their frames, or have nothing there, so that "none" is no
 * mistake. name: of the capture, in messages. */
void idle_fcs_warn(const char *name, const struct strip_capture *c);

#endif
