/* packet.h - the one struct of a frame or packet on its way through a tool. libenvelope's, of
 * which nothing else is needed here. */
#ifndef PACKET_H
#define PACKET_H

#include "envelope_packet.h"

#endif
