/* outputs.h - all outputs of slip-dump together. Where there are several, or a port, each has a
 * ring and a thread of its own, so that what one cannot take never holds up another; lines of a
 * file are made in a thread of their own, too. Reading a file waits for what is slow, but, where
 * there are several, not for what takes nothing for two seconds: a FIFO without a reader, say. One
 * that ends or fails leaves the others as they are; when the last has ended, so does the tool. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include "base/loop.h"
#include "output.h"

/* Before outputs_open; s outlives the tool. 0, or -1: out of memory. */
int outputs_prepare(const struct settings *s);
/* 0, or -1: one cannot be written, which has been reported. */
int outputs_open(void);

/* --- from a file, in one thread --- */

void outputs_put(const struct envelope_packet *packets, size_t n); /* of source 0 */
/* Before a wait: as output_rest. */
void outputs_rest(void);
int outputs_timeout_ms(void);
/* OUTPUT_OPEN while one is open, else OUTPUT_FAILED where one has failed. */
enum output_state outputs_state(void);
enum output_state outputs_idle(void);
/* Behind the last packet: returns when all that the outputs take is written, or at the stop. */
void outputs_finish(void);

/* --- from ports --- */

/* False: the only one has no room, which is not counted here where there is one probe. */
bool outputs_put_into_rings(const struct envelope_packet *p, unsigned source);

/* --- */

/* A packet that is left out: frame_keys_learn, in its turn. */
void outputs_learn(const struct envelope_packet *p);
/* The threads, into workers[0..OUTPUTS_MAX); returns how many. */
unsigned outputs_workers(struct worker *workers);

/* Returns the exit status. */
int outputs_close(void);

#endif
