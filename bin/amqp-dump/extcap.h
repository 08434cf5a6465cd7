/* extcap.h - what Wireshark asks before it captures: interfaces, link types, options. Speaks to no
 * broker. */
#ifndef EXTCAP_H
#define EXTCAP_H

#include "capture/capture_options.h"

/* Whether a question was asked; then it has been answered on standard output. */
bool extcap_answer(const struct extcap_options *o);
/* 0, or -1 with why: there is no such interface, or capturing lacks something. */
int extcap_check_options(const struct extcap_options *o, struct why *why);

#endif
