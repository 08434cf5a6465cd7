/* pcapng.h - writes pcapng, which libpcap only reads: a file whose packets come from several
 * interfaces, each with a name and a link type. Whole blocks only (draft-ietf-opsawg-pcapng), in
 * this machine's byte order, with nanoseconds. Results, and how pipes, full disks and stops are
 * met: as capture.h. */
#ifndef PCAPNG_H
#define PCAPNG_H

#include "capture.h"

struct pcapng_writer;

/* Writes the section header at once. */
struct pcapng_writer *pcapng_create(const char *path, bool flush_each, const char **why);

/* Describes one more interface; packets name it by *number. name is cut to 255 octets. */
int pcapng_interface(struct pcapng_writer *w, const char *name, uint16_t link_type,
                     unsigned *number, const char **why);

/* p is of the interface's link type. */
int pcapng_write(struct pcapng_writer *w, unsigned interface, const struct envelope_packet *p,
                 const char **why);

int pcapng_flush(struct pcapng_writer *w, const char **why);
int pcapng_close(struct pcapng_writer *w, const char **why);
uint64_t pcapng_packets(const struct pcapng_writer *w); /* that have left the buffer for the file,
                                                           up to the last whole block */
int pcapng_fd(const struct pcapng_writer *w); /* for poll: POLLERR where nobody reads any more */

#endif
