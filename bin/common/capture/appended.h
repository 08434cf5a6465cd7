/* appended.h - a capture that would be written behind another one, as a shell's >> does: a pcap
 * file has one header, at its beginning; pcapng may go on behind pcapng. Reads four octets of the
 * file at the most, and changes nothing. */
#ifndef CAPTURE_APPENDED_H
#define CAPTURE_APPENDED_H

#include <stdbool.h>

#include "base/words.h"

/* path: as -w has it. 0: a capture may begin there; -1 with *why: what is there would no longer be
 * one. Of what is no capture nothing is said, nor where the descriptor was moved behind something
 * by other means: whoever did that has put the parts together himself. */
int appended_check(const char *path, bool is_pcapng, struct why *why);

#endif
