/* extcap.h - what Wireshark asks before it captures: interfaces, link types, options. Opens no
 * port. */
#ifndef EXTCAP_H
#define EXTCAP_H

#include "capture/capture_options.h"

/* Whether a question is asked. */
bool extcap_is_question(const struct extcap_options *o);
/* Whether there is no such interface, or capturing lacks something, with why. */
bool extcap_refuses(const struct extcap_options *o, struct why *why);
/* Whether a question was asked; then it has been answered on standard output. */
bool extcap_answer(const struct extcap_options *o);

#endif
