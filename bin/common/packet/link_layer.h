/* link_layer.h - the headers that networks put before an IP packet, as captures of Ethernet (with
 * or without VLAN tags), of Linux's "any" device (cooked) and of loopback devices hold them. Never
 * copies, never reads past a packet's length. */
#ifndef LINK_LAYER_H
#define LINK_LAYER_H

#include <stdbool.h>

#include "packet/packet.h"

/* 101, 228, 229 and the DLT_RAW values of systems, 12 and 14. */
bool link_layer_is_raw_ip(uint16_t link_type);
/* 1 (Ethernet), 113 and 276 (cooked), 0 and 108 (loopback of BSD): IP stands behind a header. */
bool link_layer_has_header(uint16_t link_type);

/* Takes the header off, and what stands behind the IP packet (Ethernet pads): p becomes raw IP
 * (ENVELOPE_LINK_RAW). False, and p unchanged: of another link type, too short, or no IP by what
 * the header or the packet's first octet says. A packet whose own length is 0 (large segments that
 * a network card was to cut) or is more than there is stays as long as the capture has it. */
bool link_layer_strip(struct envelope_packet *p);

#endif
