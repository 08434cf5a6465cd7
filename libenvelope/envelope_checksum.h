/* envelope_checksum.h - what envelope_ip.h's checksums are made of, for who makes many of them:
 * sums are of 16-bit words in the order of the host. Internal, never installed. */
#ifndef ENVELOPE_CHECKSUM_H
#define ENVELOPE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "envelope_ip.h"

/* To 16 bits. */
uint16_t envelope_checksum_fold(uint64_t sum);
uint64_t envelope_checksum_number(uint16_t number);

#endif
