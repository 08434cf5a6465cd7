/* output.h - one of the places where slip-dump's packets go: a capture, readable lines or JSON
 * lines, by its options. Every packet that it was given is counted (section "output", those behind
 * the first "output_2", "output_3", ...): written, left over when the output had ended, or dropped.
 * Each output is used by one thread; output_dropped by the thread that fills its ring. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "capture/sink.h"
#include "settings.h"

struct output;

/* The output of s->outputs[number], and its counters. Before threads start. */
struct output *output_prepare(const struct settings *s, unsigned number);
/* waits: for the reader of a FIFO, else its packets are dropped until it comes. OUTPUT_FAILED: it
 * cannot be written, which has been reported. In any thread. */
enum output_state output_open(struct output *o, const struct settings *s, bool waits);

/* OUTPUT_COMPLETE also where -c says so. */
enum output_state output_state(const struct output *o);
/* source: of sources.h. What comes behind the end is counted. */
void output_put(struct output *o, const struct envelope_packet *packets, size_t n, unsigned source);
/* Whether it shows what is inside secured frames. */
bool output_has_keys(const struct output *o);
/* A packet that it does not show: what its keys learn from it. From any thread. */
void output_learn(struct output *o, const struct envelope_packet *p);
/* There is no packet to be put at once: what somebody may be waiting for is written. */
enum output_state output_rest(struct output *o);
/* There is none to come: all is written. */
void output_flush(struct output *o);
/* A packet for which its ring had no room. */
void output_dropped(struct output *o);
/* As sink.h. */
int output_timeout_ms(const struct output *o);
enum output_state output_idle(struct output *o);
int output_fd(const struct output *o);
enum output_state output_reader_left(struct output *o);

/* Flushes and closes. left_over: packets that nobody gave to output_put any more. Returns the exit
 * status. */
int output_close(struct output *o, uint64_t left_over);
/* Instead of that, where the thread that writes it is stuck: EXIT_RUNNING, and said. */
int output_leave(struct output *o, uint64_t left_over);

#endif
