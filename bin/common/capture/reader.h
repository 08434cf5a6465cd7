/* reader.h - reads captures: pcap, of one link type, and pcapng, of several. Only it and
 * ip_filter.c include libpcap. A wait (for an idle pipe, for a FIFO's writer) ends when the tool is
 * to stop.
 *
 * A record is as long as the file holds it, whatever snapshot length a header says. */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include <stdint.h>

#include "base/words.h"
#include "capture/input.h"
#include "packet/packet.h"

struct capture_reader;

/* path: "-" is standard input; must outlive the reader. Waits for the header. NULL: *why says it,
 * or loop_stopping(): the stop came first. */
struct capture_reader *capture_reader_open(const char *path, struct why *why);
/* The same for a descriptor, of which a copy is made, and from which octets[0..n) (at most
 * INPUT_SIZE of input.h) have been read already. waiting: as there, or NULL. */
struct capture_reader *capture_reader_continue(int fd, const char *name, const uint8_t *octets,
                                               size_t n, const struct input_waiting *waiting,
                                               struct why *why);
/* Of a pcap, as in the file. 0: a pcapng, each of whose packets has its own. */
uint16_t capture_reader_link_type(const struct capture_reader *r);
/* 1: a packet (data valid until the next call; raw IP is always ENVELOPE_LINK_RAW); 0: the end, or
 * the stop; -1: damaged or truncated here, *why says where; what came before is good. Waits for a
 * packet or for the stop: poll nothing before it (its buffer may hold packets that poll does not
 * see). */
int capture_reader_next(struct capture_reader *r, struct envelope_packet *p, struct why *why);
/* Of the packet that capture_reader_next has returned: octets at its end that were on the air and
 * were not captured. Not 0 only where they can be an IEEE 802.15.4 FCS. */
unsigned capture_reader_missing(const struct capture_reader *r);
/* Its interface: the number in its section and its name ("": it has none; valid until the next
 * call). Of a pcap: 0 and "". */
unsigned capture_reader_interface(const struct capture_reader *r, const char **name);
/* Packets passed over because a snapshot length had cut them (what is left of them is no packet),
 * and because their record contradicts itself. */
uint64_t capture_reader_cut(const struct capture_reader *r);
uint64_t capture_reader_damaged(const struct capture_reader *r);
/* After the end, or damage: a file that is followed has other contents now. */
bool capture_reader_anew(const struct capture_reader *r);
/* called: each time before what comes next must be waited for. */
void capture_reader_before_wait(struct capture_reader *r, void (*called)(void));
int capture_reader_fd(const struct capture_reader *r);
void capture_reader_close(struct capture_reader *r);

#endif
