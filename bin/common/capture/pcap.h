/* pcap.h - the pcap format with nanoseconds, little-endian: a header and records, put into a file.
 * One link type a file. Results: file.h. */
#ifndef CAPTURE_PCAP_H
#define CAPTURE_PCAP_H

#include "capture/file.h"
#include "packet/packet.h"

/* Flushed at once: whoever reads sees a capture from the beginning. */
enum output_state pcap_put_header(struct file *f, uint16_t link_type, struct why *why);
/* A time that pcap cannot hold (before 1970, after 2106) is written as 0. */
enum output_state pcap_put_packet(struct file *f, const struct envelope_packet *p, struct why *why);
/* As many of packets[0..n), from the first on, as are of this link type and put by their copy
 * alone; returns how many. The next one goes with pcap_put_packet. */
size_t pcap_put_packets(struct file *f, uint16_t link_type, const struct envelope_packet *packets,
                        size_t n);

/* In words: packets of link type other do not go into a file that is of another one. */
void pcap_tell_left_out(const char *name, uint16_t link_type, uint16_t other);

#endif
