#include "envelope_checksum.h"

#include <string.h>

#include "envelope_transport.h"

uint64_t envelope_checksum_add(uint64_t sum, const void *octets, size_t n)
{
	uint64_t sums[4] = {sum & 0xffffffff, sum >> 32, 0, 0};
	const uint8_t *at = octets;
	uint32_t words[4];
	uint16_t word = 0;

	for (; n >= sizeof(words); n -= sizeof(words), at += sizeof(words)) {
		memcpy(words, at, sizeof(words));
		for (int i = 0; i < 4; i++)
			sums[i] += words[i];
	}
	sum = sums[0] + sums[1] + sums[2] + sums[3];
	for (; n >= 2; n -= 2, at += 2) {
		memcpy(&word, at, 2);
		sum += word;
	}
	word = 0;
	memcpy(&word, at, n);
	return sum + word;
}

uint16_t envelope_checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint64_t envelope_checksum_number(uint16_t number)
{
	const uint8_t octets[2] = {(uint8_t)(number >> 8), (uint8_t)number};
	uint16_t word;

	memcpy(&word, octets, sizeof(word));
	return word;
}

uint64_t envelope_checksum_pseudo(const struct envelope_ip *ip, uint8_t protocol,
                                  size_t transport_length)
{
	uint64_t sum = envelope_checksum_number(protocol) +
	               envelope_checksum_number((uint16_t)transport_length) +
	               envelope_checksum_number((uint16_t)(transport_length >> 16));

	sum = envelope_checksum_add(sum, ip->source, ip->address_size);
	return envelope_checksum_add(sum, ip->destination, ip->address_size);
}

void envelope_checksum_store(uint8_t out[2], uint64_t sum, uint8_t protocol)
{
	uint16_t checksum = (uint16_t)~envelope_checksum_fold(sum);

	if (protocol == PROTOCOL_UDP && checksum == 0)
		checksum = 0xffff;
	memcpy(out, &checksum, sizeof(checksum));
}
