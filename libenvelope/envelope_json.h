/* envelope_json.h - the packet reader and writer with a kernel of the caller's choice: for tests
 * and benchmarks. Internal, never installed. */
#ifndef ENVELOPE_JSON_H
#define ENVELOPE_JSON_H

#include "envelope.h"
#include "kernels/envelope_octets.h"

int envelope_json_read_with(const struct envelope_octets_kernel *kernel,
                            struct envelope_packet *packet, uint8_t *data, size_t data_size,
                            const char *body, size_t length, size_t *error_offset);
long envelope_json_write_with(const struct envelope_octets_kernel *kernel, char *out, size_t size,
                              const struct envelope_packet *p,
                              const struct envelope_json_options *o);

#endif
