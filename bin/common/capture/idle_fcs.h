/* idle_fcs.h - what is said of --fcs once a capture is read: it did nothing, or is not what ends
 * the frames. name: of the capture, in messages. */
#ifndef CAPTURE_IDLE_FCS_H
#define CAPTURE_IDLE_FCS_H

#include "packet/strip.h"

/* Once a capture is read, where --fcs names a check sequence: warns if no frame needed it. Other
 * link types say themselves what ends their frames, or have nothing there, so that "none" is no
 * mistake. */
void idle_fcs_warn(const char *name, const struct strip_capture *c);
/* Warns if not one FCS was what it was taken for. Nothing with STRIP_FCS_NONE and _TI. */
void idle_fcs_warn_of_other(const char *name, const struct strip_capture *c);

#endif
