/* envelope_transport.h - TCP (RFC 9293 3.1) and UDP (RFC 768): numbers, and where things are in
 * their headers. Internal, never installed. */
#ifndef ENVELOPE_TRANSPORT_H
#define ENVELOPE_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

enum {
	TCP_SEQUENCE = 4,
	TCP_ACKNOWLEDGEMENT = 8,
	TCP_DATA_OFFSET = 12,
	TCP_FLAGS = 13,
	TCP_WINDOW = 14,
	TCP_CHECKSUM = 16,
	TCP_URGENT = 18,
	TCP_HEADER = 20,
};
enum { TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_ACK = 0x10, TCP_CWR = 0x80 };

enum { UDP_LENGTH = 4, UDP_CHECKSUM = 6, UDP_HEADER = 8 };

/* Octets of the TCP header, options included, as it says. */
static inline size_t tcp_header(const uint8_t *tcp)
{
	return (size_t)(tcp[TCP_DATA_OFFSET] >> 4) * 4;
}

#endif
