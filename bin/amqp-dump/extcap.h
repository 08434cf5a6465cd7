/* extcap.h - what Wireshark asks before it captures: interfaces, link types, options. Speaks to no
 * broker. */
#ifndef EXTCAP_H
#define EXTCAP_H

#include "capture/capture_options.h"

/* Whether a question was asked; then it has been answered on standard output. */
bool extcap_answer(const struct extcap_options *o);
/* asked: it was started as Wireshark starts it. 0, or -1 with why: there is no such interface, or
 * capturing lacks something, or nothing is asked. */
int extcap_check_options(const struct extcap_options *o, bool asked, struct why *why);

#endif
