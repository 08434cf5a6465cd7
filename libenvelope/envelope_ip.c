#include "envelope_ip_inline.h"

int envelope_ip_parse(struct envelope_ip *ip, const uint8_t *packet, size_t length,
                      struct envelope_fault *fault)
{
	return envelope_ip_parse_inline(ip, packet, length, fault);
}

int envelope_ip_transport(struct envelope_transport *t, const struct envelope_ip *ip,
                          const uint8_t *packet, size_t length, struct envelope_fault *fault)
{
	return envelope_ip_transport_inline(t, ip, packet, length, fault);
}
