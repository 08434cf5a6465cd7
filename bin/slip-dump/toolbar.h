/* toolbar.h - Wireshark's toolbar while it captures: the channel, which is changed while frames are
 * read; a line that says what has been captured; what the tool says on stderr, in the toolbar's log
 * and in Wireshark's status bar, too. Where there is no toolbar, as with tshark, there is nothing
 * of it. Never waits but in poll. */
#ifndef TOOLBAR_H
#define TOOLBAR_H

#include "base/loop.h"
#include "capture/capture_options.h"
#include "capture/extcap.h"
#include "probe/retune.h"

extern const struct extcap_control toolbar_controls[];

/* First of all in main: whatever ends the tool after it, also wrong options, Wireshark's window
 * does not wait for its toolbar's pipe any more, nor who reads the capture for a writer. */
void toolbar_expect(int argc, char **argv);
/* Opens the pipes that Wireshark has named, if it has. One that cannot be opened is warned of, and
 * there is no toolbar. Before threads start. */
void toolbar_open(const struct extcap_options *o);
/* What the port's thread is to do; NULL: there is no toolbar. */
struct retune *toolbar_retune(void);
/* Until the stop, or until Wireshark closes its pipe, which ends the tool (status 0). Returns how
 * many workers that are: 0 or 1. */
unsigned toolbar_workers(struct worker *workers);

#endif
