/* output.h - where slip-dump's packets go: captures or readable lines, by its options. Every packet
 * that it was given is counted: written, or left over when the output had ended. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "capture/sink.h"
#include "settings.h"

struct output;

/* NULL: the output cannot be written, which has been reported. */
struct output *output_open(const struct settings *s);

/* OUTPUT_COMPLETE also where -c says so. */
enum output_state output_put(struct output *o, const struct envelope_packet *p);
/* As sink.h. */
int output_timeout_ms(const struct output *o);
enum output_state output_idle(struct output *o);
int output_fd(const struct output *o);
enum output_state output_reader_left(struct output *o);

/* Flushes and closes. left_over: packets that nobody gave to output_put any more. Returns the exit
 * status. */
int output_close(struct output *o, uint64_t left_over);

#endif
