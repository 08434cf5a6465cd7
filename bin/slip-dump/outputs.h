/* outputs.h - all outputs of slip-dump together: from a file all wait for the slowest; from a port
 * each has a ring and a thread of its own, so that what one cannot take never holds up another. One
 * that ends or fails leaves the others as they are; when the last has ended, so does the tool. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include "base/loop.h"
#include "output.h"

/* Before outputs_open. With rings or without; 0, or -1: out of memory. */
int outputs_prepare(const struct settings *s, bool rings);
/* 0, or -1: one cannot be written, which has been reported. */
int outputs_open(const struct settings *s);

/* --- without rings, from one thread --- */

void outputs_put(const struct envelope_packet *p); /* of source 0 */
/* Before a wait: as output_rest. */
void outputs_rest(void);
int outputs_timeout_ms(void);
/* OUTPUT_OPEN while one is open, else OUTPUT_FAILED where one has failed. */
enum output_state outputs_state(void);
enum output_state outputs_idle(void);

/* --- with rings --- */

/* False: the only one has no room, which is not counted here where there is one probe. */
bool outputs_put_into_rings(const struct envelope_packet *p, unsigned source);
/* Their threads, into workers[0..OUTPUTS_MAX); returns how many. */
unsigned outputs_workers(struct worker *workers);

/* Returns the exit status. */
int outputs_close(void);

#endif
