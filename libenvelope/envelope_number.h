/* envelope_number.h - what the numbers of a packet message are worth: an octet, a time.
 * Never rounds through a float: decimal digits are compared as they stand, in linear time. */
#ifndef ENVELOPE_NUMBER_H
#define ENVELOPE_NUMBER_H

#include "envelope_scan.h"

/* The octet whose value the number has as an IEEE 754 double (round to nearest, ties to even),
 * ENVELOPE_ERANGE, or ENVELOPE_ETYPE for a fraction. */
int envelope_number_octet(const struct envelope_scan_number *number);

/* Seconds to nanoseconds, rounded half up. False where 64 bits do not hold them. */
bool envelope_number_time(const struct envelope_scan_number *number, int64_t *time_ns);

#endif
