/* ip_filter.h - which IP packets are wanted, in libpcap's own language (pcap-filter(7)): what
 * tcpdump and Wireshark's capture filters understand, of raw IP. Opens no device.
 *
 * A compiled filter is never changed: several threads may use it at once. */
#ifndef CAPTURE_IP_FILTER_H
#define CAPTURE_IP_FILTER_H

#include <stdbool.h>

#include "base/words.h"
#include "packet/packet.h"

struct ip_filter;

/* "": every packet passes. Names of hosts in it are looked up here. NULL with libpcap's own words,
 * which tell no place. The caller frees it. */
struct ip_filter *ip_filter_new(const char *expression, struct why *why);
/* p: of link type ENVELOPE_LINK_RAW. */
bool ip_filter_passes(const struct ip_filter *f, const struct envelope_packet *p);
void ip_filter_free(struct ip_filter *f); /* NULL: nothing */

#endif
