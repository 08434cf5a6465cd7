/* pcapng.h - the pcapng format (draft-ietf-opsawg-pcapng) with nanoseconds, little-endian: blocks,
 * put into a file. Packets come from several interfaces, each with a name and a link type. Results:
 * file.h. */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include "capture/file.h"
#include "packet/packet.h"

/* Begins the file. Flushed at once: whoever reads sees a capture from the beginning. */
enum output_state pcapng_put_section(struct file *f, struct why *why);

/* One more interface: packets name it by its place, from 0. name is cut to 255 octets. */
enum output_state pcapng_put_interface(struct file *f, const char *name, uint16_t link_type,
                                       struct why *why);

/* p is of the interface's link type. A time before 1970 is written as 0. */
enum output_state pcapng_put_packet(struct file *f, unsigned interface,
                                    const struct envelope_packet *p, struct why *why);

#endif
