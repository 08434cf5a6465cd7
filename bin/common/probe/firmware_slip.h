/* firmware_slip.h - what the firmwares that speak SLIP do alike. */
#ifndef FIRMWARE_SLIP_H
#define FIRMWARE_SLIP_H

#include "probe/firmware.h"
#include "slip.h"

/* Of section "slip"; frames are counted by who reads the events. */
#define FIRMWARE_SLIP_COUNTERS                                                                     \
	"octets", "frames", "empty", "bad_escape", "overlong", "before_first_end", "unfinished"
enum { FIRMWARE_SLIP_COUNT = 7 }; /* a firmware's own counters follow */

void firmware_slip_init(struct firmware_line *l, struct slip_decoder *d, unsigned flags);
/* Reads up to max frames, 1 to FIRMWARE_FRAMES_MAX, which become e; where the input holds none, e
 * stays FIRMWARE_MORE, which it was. Returns the octets used. */
size_t firmware_slip_read(struct firmware_line *l, struct slip_decoder *d, const uint8_t *in,
                          size_t n, unsigned max, struct firmware_event *e);
size_t firmware_slip_finish(struct firmware_line *l, struct slip_decoder *d);

/* Appends octets to out as a frame. */
void firmware_slip_write(struct firmware_line *l, const uint8_t *octets, size_t n);

#endif
