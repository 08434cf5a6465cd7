/* envelope_json.h - packet bodies parsed and built with a kernel of the caller's choice: for
 * tests and benchmarks. Internal, never installed. */
#ifndef ENVELOPE_JSON_H
#define ENVELOPE_JSON_H

#include "envelope.h"
#include "kernels/envelope_octets.h"

int envelope_json_parse_with(const struct envelope_octets_kernel *kernel,
                             struct envelope_packet *packet, uint8_t *data, size_t data_size,
                             const char *body, size_t length, struct envelope_fault *fault);
long envelope_json_build_with(const struct envelope_octets_kernel *kernel, char *out, size_t size,
                              const struct envelope_packet *p,
                              const struct envelope_json_options *o);

#endif
