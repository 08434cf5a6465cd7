/* timestamp.h - a moment as ISO 8601 has it, in UTC: "2026-11-25T22:33:44.123456Z". */
#ifndef TIMESTAMP_H
#define TIMESTAMP_H

#include <stdint.h>

enum { TIMESTAMP_SIZE = 40 };

/* Of nanoseconds since 1970, with so many digits of the second (3 or 6); NUL-terminated. Returns
 * out. */
const char *timestamp(char out[TIMESTAMP_SIZE], int64_t ns, int digits);

#endif
