/* reader.h - reads captures: pcap, and pcapng as libpcap does; the only file that includes libpcap.
 * A wait (for an idle pipe, for a FIFO's writer) ends when the tool is to stop. */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include <stdint.h>

#include "base/words.h"
#include "packet/packet.h"

struct capture_reader;

/* path: "-" is standard input; must outlive the reader. Waits for the header. NULL: *why says it,
 * or loop_stopping(): the stop came first. */
struct capture_reader *capture_reader_open(const char *path, struct why *why);
uint16_t capture_reader_link_type(const struct capture_reader *r); /* as in the file */
/* 1: a packet (data valid until the next call); 0: the end, or the stop; -1: damaged or truncated
 * here, *why says where; what came before is good. Waits for a packet or for the stop: poll nothing
 * before it (its buffer may hold packets that poll does not see). */
int capture_reader_next(struct capture_reader *r, struct envelope_packet *p, struct why *why);
/* Packets passed over because a snapshot length had cut them: what is left of them is no packet. */
uint64_t capture_reader_cut(const struct capture_reader *r);
int capture_reader_fd(const struct capture_reader *r);
void capture_reader_close(struct capture_reader *r);

#endif
