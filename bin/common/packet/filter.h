/* filter.h - which 802.15.4 frames are wanted, in libframe's terms:
 *
 *     type=data,ack and not (pan=abcd or dst=broadcast)
 *
 *     EXPRESSION = TERM { "or" TERM }
 *     TERM       = FACTOR { "and" FACTOR }
 *     FACTOR     = [ "not" ] ( TEST | "(" EXPRESSION ")" )
 *     TEST       = NAME | NAME "=" VALUE { "," VALUE }       true where one of the values fits
 *
 *     type=      beacon data ack command multipurpose fragment extended reserved
 *     pan=       PAN ID in hex (abcd, 0xabcd), the destination's or the source's
 *     addr= src= dst=   a short address (1a2b), an extended one (00124b0001020304, with or
 *                without colons) or "broadcast"; addr: either end
 *     seq=       sequence number, decimal
 *     channel=   of the pseudo-header (link type 283), decimal
 *     dispatch=  6lowpan zigbee thread-mle zigbee-green-power encrypted unknown, or a dispatch of
 *                6LoWPAN: iphc frag1 fragn mesh ...
 *     secured ack-request pending bad-fcs any (every frame)
 *     malformed  has a fault of the MAC: in its header, its IEs, or a beacon's or command's fields
 *
 * "!", "&&", "||" stand for not, and, or; upper and lower case are one; blanks may stand at "=" and
 * ",". A field that a frame does
 * not have fits no value. A packet that is no 802.15.4 frame passes no test, so "not TEST" passes
 * it.
 *
 * A compiled filter is never changed: several threads may use it at once, and nothing is allocated
 * per frame. */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

#include "base/words.h"
#include "packet/packet.h"

struct filter;

/* NULL with the reason, which names the word that is wrong and what could stand there. The caller
 * frees it. */
struct filter *filter_new(const char *expression, struct why *why);
bool filter_passes(const struct filter *f, const struct envelope_packet *p);
void filter_free(struct filter *f); /* NULL: nothing */

#endif
