/* ip_filter.h - which IP packets are wanted, in libpcap's language (pcap-filter(7)). Compiled once;
 * then any thread may ask. */
#ifndef IP_FILTER_H
#define IP_FILTER_H

#include <stdbool.h>

#include "base/words.h"
#include "packet/packet.h"

struct ip_filter;

/* NULL with the reason. One at a time. The caller frees it. */
struct ip_filter *ip_filter_new(const char *expression, struct why *why);
/* p: raw IP. */
bool ip_filter_passes(const struct ip_filter *f, const struct envelope_packet *p);
void ip_filter_free(struct ip_filter *f); /* NULL: nothing */

#endif
